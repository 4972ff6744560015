import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import { agentKind } from '../api/names.ts';
import type { Problem } from '../api/problem.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { workloadKindNames } from '../workloads/kinds.ts';
import type { RolloutOptions } from './context.ts';
import { commandsFor } from './commands.ts';
import { chooseDirection, type Direction } from './direction.ts';
import { markRevisionFailed } from './rollback.ts';
import { transitionEvents } from './rollout-events.ts';
import { takeSteps } from './take-steps.ts';
import { waitReason } from './wait-reason.ts';

/**
 * The next actions of a rollout: one wave's steps, then wait for them. Pure; every call starts from what the
 * snapshot shows, so that an operator that was killed at any action continues where it was.
 * @param target the revision of the present spec; undefined while there is none.
 */
export function planRollout(
  snapshot: Snapshot,
  target: Revision | undefined,
  options: RolloutOptions,
): RolloutPlan {
  const plan = planSteps(snapshot, target, options);
  return { ...plan, actions: [...plan.actions, ...transitionEvents(snapshot, target, plan)] };
}

function planSteps(snapshot: Snapshot, target: Revision | undefined, options: RolloutOptions): RolloutPlan {
  // The stable revision keeps running: switching back and forth while a module is built would restart pods for nothing.
  if (target === undefined) return rest({ ...waitReason(snapshot, options), goal: undefined });
  const direction = chooseDirection(snapshot, target);
  const goal = direction.goal?.id;
  if (snapshot.workloads.length === 0) {
    const kinds = `${workloadKindNames.slice(0, -1).join(', ')} or ${workloadKindNames.at(-1) ?? ''}`;
    const message = `no ${kinds} of namespace ${snapshot.agent.namespace} has the labels of spec.selector in its pod template`;
    return rest({ state: 'NoWorkloads', reason: 'NoPodsSelected', message, goal });
  }
  const outcome = isAborted(snapshot, target, direction)
    ? { cause: abortion(snapshot) }
    : takeSteps({ snapshot, target, options, direction });
  if (!('cause' in outcome)) return outcome;
  const failed = markRevisionFailed(snapshot, target, outcome.cause);
  const revisions = snapshot.revisions.map((one) => (one.id === target.id ? failed.target : one));
  const plan = planSteps({ ...snapshot, revisions }, failed.target, options);
  return { ...plan, actions: [...failed.actions, ...plan.actions] };
}

function isAborted(snapshot: Snapshot, target: Revision, { kind }: Direction): boolean {
  return kind === 'Advance' && commandsFor(snapshot, { target, step: undefined }).abort;
}

function abortion({ agent }: Snapshot): Problem {
  return {
    reason: 'Aborted',
    message: `${agentKind} ${agent.namespace}/${agent.name}: the rollout was aborted`,
  };
}

function rest(progress: Omit<RolloutProgress, 'since' | 'step'>): RolloutPlan {
  return {
    actions: [],
    progress: { ...progress, since: undefined, step: undefined },
    skipped: new Map(),
    nextLook: undefined,
  };
}
