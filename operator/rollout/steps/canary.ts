import type { Action } from '../../api/actions.ts';
import type { Pod } from '../../api/pod.ts';
import type { CanaryMemory, RolloutMemory } from '../../api/rollout-memory.ts';
import { countOf } from '../../api/units.ts';
import { bakeStep, type BakedStep } from '../bake-step.ts';
import { commandsFor, type Commands } from '../commands.ts';
import { isPaused, type RolloutContext } from '../context.ts';
import { canSwitchLive, hasRedactionKey, labelPods, podsText, strayPods } from '../live-switch.ts';
import { missingResource } from '../missing-resource.ts';
import { rejectsRevision } from '../rejects-revision.ts';
import { runsRevision } from '../runs-revision.ts';
import type { JudgedStep, Step, Taken, Verdict } from '../step.ts';
import { chooseCanaries } from './canary-pods.ts';
import { judgeOpenPods, podProblem } from './open-pods.ts';

/**
 * Canary steps: some running pods are switched to the revision by their label, without a restart, before any workload is updated. A
 * pod that dies comes back with its template's label, which is the revision before.
 */
export function canarySteps(context: RolloutContext, workloads: readonly JudgedStep[]): Step[] {
  const { snapshot, direction, target } = context;
  const steps = snapshot.agent.spec.rollout.canary;
  const protectedWorkloads = new Set(workloads.filter(isToUpdate).map(({ step }) => step.workload));
  const hasCanary = direction.kind === 'Advance' && target.memory.wave === undefined;
  if (!hasCanary || protectedWorkloads.size === 0) return [];
  const world = canaryWorld(context, protectedWorkloads);
  return steps.map((_, index) => canaryStep(context, world, index));
}

/** The update of a workload is still to come: now, or when its pods are ready. */
export function isToUpdate({ verdict }: JudgedStep): boolean {
  if (verdict.state === 'Skipped') return verdict.reason === 'AlreadyUnhealthy';
  return verdict.state === 'Todo';
}

/** The pods, as canary steps see them. */
interface CanaryWorld {
  /** Pods with the revision, whether they run it or not. */
  readonly canaries: readonly Pod[];
  /** Ready pods that can be switched to it. */
  readonly candidates: readonly Pod[];
  /** Ready pods that cannot, as their proxies lack the key of the revision's backend. */
  readonly keyless: number;
  /** Pods of all selected workloads. */
  readonly total: number;
}

function canaryWorld(context: RolloutContext, workloads: ReadonlySet<string | undefined>): CanaryWorld {
  const { snapshot, target } = context;
  const strays = new Set(strayPods(context));
  const others = snapshot.pods.filter(
    (pod) => pod.isReady && pod.revision !== target.id && workloads.has(pod.workload) && !strays.has(pod),
  );
  const candidates = others.filter((pod) => canSwitchLive(pod, target.id, snapshot));
  return {
    canaries: snapshot.pods.filter(({ revision }) => revision === target.id),
    candidates,
    keyless: others.length - candidates.length,
    total: snapshot.workloads.reduce((sum, { desired }) => sum + desired, 0),
  };
}

/** One step, with what it is judged by. */
interface Canary {
  readonly name: string;
  readonly index: number;
  readonly world: CanaryWorld;
  /** Pods that are to run the revision, as far as there are some. */
  readonly wanted: number;
  readonly memory: CanaryMemory | undefined;
  readonly isRunning: boolean;
  readonly baked: BakedStep;
  readonly commands: Commands;
}

function canaryStep(context: RolloutContext, world: CanaryWorld, index: number): Step {
  const { agent } = context.snapshot;
  const steps = agent.spec.rollout.canary;
  const name = `Canary ${index + 1} of ${steps.length}`;
  const { pods = 1, bake = '0s' } = steps[index] ?? {};
  const { canaries, candidates, total } = world;
  const wanted = Math.min(countOf(pods, total), canaries.length + candidates.length);
  const known = context.target.memory.canary;
  // That of another step says nothing about this one.
  const memory = known?.passed === index ? known : undefined;
  const verified = verifiedPods(context, world).length;
  const isRunning = memory?.since !== undefined && wanted > 0 && verified >= wanted;
  const baked = bakeStep(context, { name, bake, former: memory?.bake, isRunning });
  const commands = commandsFor(context.snapshot, { target: context.target, step: name });
  const canary = { name, index, world, wanted, memory, isRunning, baked, commands };
  const verdict = (known?.passed ?? 0) > index ? ({ state: 'Done' } as const) : judge(context, canary);
  return {
    name,
    workload: undefined,
    judge: () => verdict,
    take: (before) => take(context, canary, before),
    record: (before, { state }) => record(context, canary, { before, isDone: state === 'Done' }),
  };
}

function verifiedPods({ snapshot, target }: RolloutContext, { canaries }: CanaryWorld): Pod[] {
  return canaries.filter((pod) => runsRevision(pod, target.id, snapshot.verification));
}

function judge(context: RolloutContext, canary: Canary): Verdict {
  const { name, world, wanted, memory, isRunning, baked, commands } = canary;
  const { canaries, candidates, keyless } = world;
  const rejecting = canaries.find(rejectsRevision);
  if (rejecting !== undefined) {
    return { state: 'Failed', reason: 'FilterRejected', message: `${name}: ${podProblem(rejecting)}` };
  }
  if (commands.promoteFull) return { state: 'Done' };
  if (canaries.length === 0 && candidates.length === 0) return withoutPods(context, canary, keyless);
  if (memory?.since === undefined || canaries.length < wanted) return { state: 'Todo' };
  if (!isRunning) return judgeUnverified(context, canary);
  if (baked.failure !== undefined) return { state: 'Failed', ...baked.failure };
  return judgeBaked(context, canary);
}

/** A canary that cannot be had is not left out in silence: somebody who asked for one decides whether pods are restarted without it. */
function withoutPods(context: RolloutContext, canary: Canary, keyless: number): Verdict {
  const { name, baked, commands } = canary;
  if (keyless > 0) {
    const { name: agent, namespace } = context.snapshot.agent;
    const why =
      'the key of spec.backend.publicKeySecret reaches a proxy by its environment alone, and no running pod was started with it';
    if (commands.promote) {
      const message = `${name}: skipped: ${why}`;
      return { state: 'Done', remark: { reason: 'CanarySkipped', message } };
    }
    const message = `${name}: no pod can be switched: ${why}; to restart the first workload without a canary, run spagent promote ${agent} -n ${namespace}`;
    const progress = { ...progressOf(context, canary), needsApproval: true };
    return { state: 'UnderWay', message, since: undefined, secondsLeft: undefined, progress };
  }
  const message = `${name}: waits for a pod that is ready`;
  return { state: 'UnderWay', message, since: undefined, secondsLeft: undefined, progress: baked.progress };
}

function judgeUnverified(context: RolloutContext, canary: Canary): Verdict {
  const { name, world, wanted, memory } = canary;
  const verified = verifiedPods(context, world);
  const open = world.canaries.filter((pod) => !verified.includes(pod));
  const message = `${name}: ${verified.length} of ${wanted} pods run revision ${context.target.id}`;
  const verdict = judgeOpenPods(context, { open, message, memory });
  return verdict.state === 'UnderWay' ? { ...verdict, progress: progressOf(context, canary) } : verdict;
}

function judgeBaked(context: RolloutContext, canary: Canary): Verdict {
  const { name, index, memory, baked, commands } = canary;
  const { agent } = context.snapshot;
  const since = memory?.since;
  const isManual = agent.spec.rollout.canary[index]?.approval === 'Manual';
  if (commands.promote || (baked.isOver && !isManual)) return { state: 'Done' };
  const progress = progressOf(context, canary);
  if (!baked.isOver) {
    return { state: 'UnderWay', message: baked.message, since, secondsLeft: baked.secondsLeft, progress };
  }
  const message = `${name}: waits for approval: run spagent promote ${agent.name} -n ${agent.namespace}`;
  const waiting = { ...progress, needsApproval: true };
  return { state: 'UnderWay', message, since, secondsLeft: undefined, progress: waiting };
}

function progressOf(context: RolloutContext, { world, wanted, baked }: Canary) {
  const verified = Math.min(wanted, verifiedPods(context, world).length);
  return { ...baked.progress, canary: { pods: wanted, verified } };
}

function take(context: RolloutContext, canary: Canary, before: RolloutMemory): Taken {
  const { name, index, world, wanted } = canary;
  const waitsFor = missingResource(context);
  if (waitsFor !== undefined) return { waitsFor };
  const since = new Date(context.snapshot.now).toISOString();
  const pods = chooseCanaries(world.candidates, world.canaries, wanted - world.canaries.length);
  const message = `${name}: ${pods.length === 0 ? 'its pods are' : `${podsText(pods)}:`} switched to revision ${context.target.id}${limitOf(context, pods)}`;
  const actions: Action[] = [
    ...(pods.length === 0 ? [] : [labelPods(pods, context.target.id)]),
    { kind: 'Event', type: 'Normal', reason: 'CanaryStarted', message },
  ];
  const present = before.canary;
  const isUnderWay = present?.passed === index && present.since !== undefined;
  const memory = {
    ...before,
    canary: isUnderWay
      ? { unverifiedSince: since, ...present }
      : { passed: index, since, unverifiedSince: since },
  };
  return { actions, since, message, memory };
}

/** What a pod does not do for the revision before it is restarted. */
function limitOf({ snapshot, target }: RolloutContext, pods: readonly Pod[]): string {
  return pods.every((pod) => hasRedactionKey(pod, target.id, snapshot))
    ? ''
    : '; without the key of redaction markers, which comes with a restart, requests with redacted values are recorded there and not looked up';
}

/** Later steps leave the memory alone: it is of the present one. */
function record(
  context: RolloutContext,
  { index, memory, isRunning, baked, commands, world }: Canary,
  { before, isDone }: { readonly before: RolloutMemory; readonly isDone: boolean },
): RolloutMemory {
  const passed = before.canary?.passed ?? 0;
  if (passed !== index) return before;
  const isSkipped = commands.promoteFull || (world.canaries.length === 0 && world.keyless > 0);
  if (isDone) {
    const { length } = context.snapshot.agent.spec.rollout.canary;
    return { ...before, canary: { passed: isSkipped ? length : index + 1 } };
  }
  if (memory?.since === undefined) return before;
  const { unverifiedSince = new Date(context.snapshot.now).toISOString(), ...others } = memory;
  return {
    ...before,
    canary: {
      ...others,
      ...(isRunning || isPaused(context) ? {} : { unverifiedSince }),
      ...(baked.memory ? { bake: baked.memory } : {}),
    },
  };
}
