import type { Action } from '../../api/actions.ts';
import { workloadKey } from '../../api/names.ts';
import type { Pod } from '../../api/pod.ts';
import type { Problem } from '../../api/problem.ts';
import type { RolloutMemory } from '../../api/rollout-memory.ts';
import type { Workload } from '../../api/workload.ts';
import type { RolloutContext } from '../context.ts';
import { secondsToDeadline } from '../deadline.ts';
import { movingState, revisionText } from '../direction.ts';
import { canSwitchLive, hasRedactionKey, labelPods } from '../live-switch.ts';
import { firstMemory, markArrived, memoryOf, withWorkload } from '../memory.ts';
import { missingResource } from '../missing-resource.ts';
import { recordTime } from '../record-time.ts';
import { rejectsRevision } from '../rejects-revision.ts';
import { podsOf, runsRevision } from '../runs-revision.ts';
import { completedBefore } from '../stability.ts';
import type { Step, Taken, Verdict } from '../step.ts';
import { exampleOf, podProblem } from './open-pods.ts';
import { livePreflight } from './preflight.ts';
import { workloadName } from './workload-name.ts';

/** A workload is updated without a restart: the label of its running pods is changed, and that of new ones as they come. */
export function liveSteps(context: RolloutContext): Step[] {
  const workloads = context.snapshot.workloads.filter((workload) => isLive(workload, context));
  return workloads.map((workload) => ({
    name: workloadName(workload, context),
    workload: workloadKey(workload.kind, workload.name),
    judge: () => judge(workload, context),
    take: (memory) => take(workload, context, memory),
    record: (memory, { state }) => (state === 'Done' ? markArrived(memory, workload.uid) : memory),
  }));
}

/** A template that names a failed revision has to leave it, whatever the method is. */
export function isLive(workload: Workload, { snapshot, direction, target }: RolloutContext): boolean {
  if (snapshot.agent.spec.rollout.method !== 'Live') return false;
  return direction.kind !== 'RollBack' || workload.templateRevision !== target.id;
}

function judge(workload: Workload, context: RolloutContext): Verdict {
  const { snapshot, direction } = context;
  const { goal } = direction;
  if (direction.kind === 'RollBack') return judgeRollback(workload, context);
  const problem = livePreflight(workload, context) ?? keyProblem(workload, context);
  if (problem !== undefined) return { state: 'Skipped', ...problem };
  const memory = memoryOf(workload, context);
  if (memory === undefined) return { state: 'Todo' };
  if (completedBefore(workload, goal)) return { state: 'Done' };
  const pods = podsOf(workload, snapshot.pods);
  const rejecting = pods.find((pod) => pod.revision === goal?.id && rejectsRevision(pod));
  if (rejecting !== undefined) {
    const message = `${workloadName(workload, context)}: ${podProblem(rejecting)}`;
    return { state: 'Failed', reason: 'FilterRejected', message };
  }
  if (workload.desired === 0) {
    const message = `${workloadName(workload, context)}: it has no pods that could prove the revision`;
    return { state: 'Skipped', reason: 'NoReplicas', message };
  }
  const running = pods.filter((pod) => runsRevision(pod, goal?.id, snapshot.verification));
  if (memory.hasArrived || running.length >= Math.max(1, workload.desired - memory.unready)) {
    return { state: 'Done' };
  }
  return judgeUnderWay(workload, context, { pods, running });
}

/** Its pods are switched back at once, see `switchBack`. */
function judgeRollback(workload: Workload, context: RolloutContext): Verdict {
  const problem = keyProblem(workload, context);
  return problem === undefined ? { state: 'Done' } : { state: 'Skipped', ...problem };
}

function judgeUnderWay(
  workload: Workload,
  context: RolloutContext,
  { pods, running }: { readonly pods: readonly Pod[]; readonly running: readonly Pod[] },
): Verdict {
  const name = workloadName(workload, context);
  const open = pods.filter((pod) => !running.includes(pod));
  const { isDoubtful, text: problem } = exampleOf(open);
  const message = `${name}: ${running.length} of ${workload.desired} pods run ${revisionText(context.direction)}; ${problem}`;
  const secondsLeft = secondsToDeadline(workload, context);
  if (secondsLeft === undefined || secondsLeft > 0) {
    const since = memoryOf(workload, context)?.attemptedAt;
    return { state: 'UnderWay', message, since, secondsLeft };
  }
  if (!isDoubtful) return { state: 'Inconclusive', message };
  const { progressDeadline } = context.snapshot.agent.spec.rollout;
  return {
    state: 'Failed',
    reason: 'DeadlineExceeded',
    message: `${message}, and no progress for ${progressDeadline}`,
  };
}

function keyProblem(workload: Workload, { snapshot, direction }: RolloutContext): Problem | undefined {
  const pods = podsOf(workload, snapshot.pods).filter(({ revision }) => revision !== direction.goal?.id);
  const id = direction.goal?.id;
  // Its pods are never restarted by the rollout: what a canary may lack for a while, they would lack for ever.
  const keyless = pods.find(
    (pod) => !canSwitchLive(pod, id, snapshot) || !hasRedactionKey(pod, id, snapshot),
  );
  if (keyless === undefined) return undefined;
  return {
    reason: 'NeedsRestart',
    message: `${workloadName(workload, { snapshot })}: pod ${keyless.name} was not started with the key of revision ${direction.goal?.id ?? ''}, which reaches a proxy by its environment alone; set spec.rollout.method: Restart, or do without keys: no spec.backend.publicKeySecret, and spec.capture.redactMarker: Plain`,
  };
}

function take(workload: Workload, context: RolloutContext, memory: RolloutMemory): Taken {
  const { snapshot, direction } = context;
  const waitsFor = missingResource(context);
  if (waitsFor !== undefined) return { waitsFor };
  const since = recordTime(snapshot);
  const goal = direction.goal?.id;
  const { uid, desired, ready } = workload;
  const pods = podsOf(workload, snapshot.pods).filter(({ revision }) => revision !== goal);
  const unready = Math.max(0, desired - ready);
  const message = `${workloadName(workload, context)}: switching ${pods.length} running pods to ${revisionText(direction)}`;
  const actions: Action[] = [
    ...(pods.length === 0 ? [] : [labelPods(pods, goal)]),
    { kind: 'Event', type: 'Normal', reason: movingState(direction), message },
  ];
  const first = { ...firstMemory(goal, since, unready), isLive: true } as const;
  return { actions, since, message, memory: withWorkload(memory, uid, first) };
}
