import type { StepProgress } from '../api/actions.ts';
import type { GateQuestion, GateResult } from '../api/gates.ts';
import type { Problem } from '../api/problem.ts';
import type { BakeMemory } from '../api/rollout-memory.ts';
import { stableRevision } from '../api/stable-revision.ts';
import { durationSeconds } from '../api/units.ts';
import { bakedAt, judgeBake } from './bake.ts';
import type { RolloutContext } from './context.ts';
import { judgeGates, worstVerdict } from './gates/judge-gates.ts';
import { runsRevision } from './runs-revision.ts';

/** A step while it is observed. */
export interface BakedStep {
  readonly memory: BakeMemory | undefined;
  /** A gate that failed. */
  readonly failure: Problem | undefined;
  readonly isOver: boolean;
  readonly secondsLeft: number | undefined;
  /** What it waits for. */
  readonly message: string;
  readonly progress: StepProgress;
}

interface StepToBake {
  /** As in `status.rollout.step`. */
  readonly name: string;
  /** A duration of the spec, such as 5m. */
  readonly bake: string;
  readonly former: BakeMemory | undefined;
  /** Its pods run the revision now. */
  readonly isRunning: boolean;
}

/** Judges the bake of a step, with the gates. */
export function bakeStep(context: RolloutContext, { name, bake, former, isRunning }: StepToBake): BakedStep {
  const { agent, now, gateSamples } = context.snapshot;
  const since = former?.since ?? (isRunning ? new Date(now).toISOString() : undefined);
  const { gates } = agent.spec.rollout;
  const results = since === undefined ? [] : judgeGates(gates, { samples: gateSamples, since }, now);
  const seconds = durationSeconds(bake);
  const passes = worstVerdict(results) === 'Pass';
  const measuredSince =
    gates.length > 0 && gateSamples?.since === since ? gateSamples?.measuredSince : undefined;
  const state = judgeBake(former, { seconds, isRunning, passes, measuredSince, now });
  const failed = results.find(({ verdict }) => verdict === 'Fail');
  return {
    memory: state.memory,
    failure: failed && { reason: 'GateFailed', message: gateText(name, failed) },
    isOver: state.isOver,
    secondsLeft: state.secondsLeft,
    message: waitText({ name, bake }, results),
    progress: {
      name,
      bakeUntil: bakedAt(state, seconds),
      gates: results,
      question: since === undefined || gates.length === 0 ? undefined : question(context, { name, since }),
    },
  };
}

function waitText({ name, bake }: Pick<StepToBake, 'name' | 'bake'>, results: readonly GateResult[]): string {
  const open = results.find(({ verdict }) => verdict === 'Inconclusive');
  return open === undefined
    ? `${name}: its pods run the revision and are observed for ${bake}`
    : `waits for a gate: ${gateText(name, open)}`;
}

function gateText(step: string, { name, message }: GateResult): string {
  return `${step}: gate ${name}: ${message}`;
}

function question(
  { snapshot, target }: RolloutContext,
  { name, since }: { readonly name: string; readonly since: string },
): GateQuestion {
  const ready = snapshot.pods.filter(({ isReady }) => isReady);
  const namesOf = (pods: typeof ready) => pods.map((pod) => pod.name);
  return {
    revision: target.id,
    stableRevision: stableRevision(snapshot.revisions)?.id,
    step: name,
    since,
    canaryPods: namesOf(ready.filter((pod) => runsRevision(pod, target.id, snapshot.verification))),
    stablePods: namesOf(ready.filter(({ revision }) => revision !== target.id)),
  };
}
