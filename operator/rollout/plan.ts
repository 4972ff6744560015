import type { RolloutPlan, RolloutProgress } from '../api/actions.ts';
import { agentKind } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { chooseCourse } from './direction.ts';
import { followCourse, type RolloutOptions } from './take-steps.ts';
import { markRevisionFailed } from './rollback.ts';
import { transitionEvents } from './rollout-events.ts';
import { waitReason } from './wait-reason.ts';

/**
 * The next actions of a rollout: at most one workload's step, then wait for it. Pure; every call starts from what the
 * snapshot shows, so that an operator killed at any action goes on where it was.
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
  const { agent, conflict } = snapshot;
  if (conflict !== undefined) {
    const [own, other] = [agent.name, conflict.agentName].map(
      (name) => `${agentKind} ${agent.namespace}/${name}`,
    );
    const message = `${own}: ${other} is older and already has ${conflict.workload}; narrow one of the two selectors`;
    return rest({ state: 'Held', reason: 'AgentConflict', message, goal: null });
  }
  // The former revision runs on: going back and forth while a module is built would restart pods for nothing.
  if (target === undefined) return rest({ state: 'Waiting', ...waitReason(snapshot, options), goal: null });
  const course = chooseCourse(snapshot, target);
  const goal = course.goal?.id ?? null;
  if (snapshot.workloads.length === 0) {
    const message = `no Deployment, StatefulSet or DaemonSet of namespace ${agent.namespace} has the labels of spec.selector in its pod template`;
    return rest({ state: 'NoWorkloads', reason: 'NoPodsSelected', message, goal });
  }
  if (course.kind === 'Stay') {
    const message = `${course.failure.message}; spec.rollout.autoRollback is off: change the spec to go on or back`;
    return rest({ state: 'Held', reason: course.failure.reason, message, goal });
  }
  const outcome = followCourse({ snapshot, target, options }, course);
  if (!('cause' in outcome)) return outcome;
  const condemned = markRevisionFailed(snapshot, target, outcome.cause);
  const plan = planSteps(snapshot, condemned.target, options);
  return { ...plan, actions: [...condemned.actions, ...plan.actions] };
}

function rest(progress: Omit<RolloutProgress, 'since'>): RolloutPlan {
  return { actions: [], progress: { ...progress, since: undefined }, requeueSeconds: undefined };
}
