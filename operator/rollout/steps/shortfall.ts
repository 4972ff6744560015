import { verificationText, type Pod } from '../../api/pod.ts';
import type { Revision } from '../../api/revision.ts';
import type { Workload } from '../../api/workload.ts';
import { isRolledOut } from '../../workloads/read-workload.ts';
import type { RolloutContext } from '../context.ts';
import { deadlineOf, memoryOf } from '../memory.ts';
import { rejectsRevision } from '../rejects-revision.ts';
import { podsOf, runsRevision } from '../runs-revision.ts';
import { workloadName } from './workload-name.ts';

/** What a workload lacks until its step is done. */
export interface Shortfall {
  readonly message: string;
  /** All pods are there and ready; it is their proxies that lack the filter. */
  readonly isOfProxies: boolean;
  /** Nothing speaks against the revision: proxies have not answered, or the cluster's own controllers are behind. */
  readonly isUnknown: boolean;
  /** Waiting will not help. */
  readonly isFinal: boolean;
}

export function findShortfall(workload: Workload, context: RolloutContext): Shortfall | undefined {
  const { snapshot, direction } = context;
  const { goal } = direction;
  const name = workloadName(workload, context);
  const asksProxies = goal !== undefined && snapshot.verification === 'Required';
  const goalPods = podsOf(workload, snapshot.pods).filter(({ revision }) => revision === goal?.id);
  const pods = asksProxies ? goalPods : [];
  const rejecting = pods.find(rejectsRevision);
  if (rejecting !== undefined) {
    const message = `${name}: ${verificationText(rejecting)}`;
    return { message, isOfProxies: true, isUnknown: false, isFinal: true };
  }
  const missing = memoryOf(workload, context)?.unready ?? 0;
  if (!isRolledOut(workload, missing)) {
    const message = countProblem(name, workload, goal);
    const isUnknown = direction.kind === 'Advance' && isClusterBehind(workload, goalPods, context);
    return { message, isOfProxies: false, isUnknown, isFinal: false };
  }
  const running = pods.filter((pod) => runsRevision(pod, goal?.id, snapshot.verification));
  if (!asksProxies || running.length >= workload.desired - missing) return undefined;
  const doubtful = pods.find((pod) => pod.verification.state === 'NotVerified');
  const silent = pods.find((pod) => pod.verification.state === 'Unknown');
  const example = doubtful ?? silent;
  return {
    message: `${name}: ${example === undefined ? 'its pods are not seen yet' : verificationText(example)}`,
    isOfProxies: true,
    isUnknown: doubtful === undefined,
    isFinal: false,
  };
}

/**
 * Whether the workload's controller, the scheduler or a kubelet has yet to do its part, or the pods were created late: an overloaded
 * cluster makes rollouts slower, and must not turn them round, as that restarts yet more pods. A pod that has run no container says
 * nothing of the revision, which has no part in its start before.
 */
function isClusterBehind({ isObserved }: Workload, pods: readonly Pod[], context: RolloutContext): boolean {
  if (!isObserved) return true;
  const unready = pods.filter(({ isReady }) => !isReady);
  const youngest = context.snapshot.now - (deadlineOf(context) * 1000) / 2;
  const isLate = ({ node, hasStarted, createdAt }: Pod) =>
    node === undefined || !hasStarted || Date.parse(createdAt) > youngest;
  return unready.length > 0 && unready.every(isLate);
}

function countProblem(name: string, workload: Workload, goal: Revision | undefined): string {
  const { desired, updated, ready, ownUpdate } = workload;
  const own = ownUpdate === undefined ? '' : `; ${ownUpdate.message}`;
  const state = goal === undefined ? 'have no revision' : `have revision ${goal.id}`;
  return `${name}: ${Math.min(updated, desired)} of ${desired} pods ${state}, ${ready} are ready${own}`;
}
