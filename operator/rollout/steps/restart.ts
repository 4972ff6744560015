import type { Action } from '../../api/actions.ts';
import { podRevisionLabel, redactionKeyEnvName, workloadKey } from '../../api/names.ts';
import type { RolloutMemory } from '../../api/rollout-memory.ts';
import type { Workload } from '../../api/workload.ts';
import type { RolloutContext } from '../context.ts';
import { secondsToDeadline } from '../deadline.ts';
import { movingState, revisionText } from '../direction.ts';
import { firstMemory, markArrived, memoryOf, withWorkload } from '../memory.ts';
import { missingResource } from '../missing-resource.ts';
import { recordTime } from '../record-time.ts';
import { completedBefore } from '../stability.ts';
import { lacksKey, missingTemplateKeys, takesKey } from '../backend-key.ts';
import type { Step, Taken, Verdict } from '../step.ts';
import { orderWorkloads } from '../workload-order.ts';
import { labelCommand, preflight, templateKeyRemedy } from './preflight.ts';
import { isLive } from './live.ts';
import { attemptsOf, secondsToNextAttempt } from './repeated-attempts.ts';
import { findShortfall } from './shortfall.ts';
import { workloadName } from './workload-name.ts';

/**
 * A workload is restarted into the goal: its pod template gets the revision's label, and its own rolling update replaces the
 * pods.
 */
export function restartSteps(context: RolloutContext): Step[] {
  const workloads = orderWorkloads(context.snapshot).filter((workload) => !isLive(workload, context));
  return workloads.map((workload) => ({
    name: workloadName(workload, context),
    workload: workloadKey(workload.kind, workload.name),
    judge: () => judge(workload, context),
    take: (memory) => take(workload, context, memory),
    record: (memory, { state }) => (state === 'Done' ? markArrived(memory, workload.uid) : memory),
  }));
}

function judge(workload: Workload, context: RolloutContext): Verdict {
  const { direction, snapshot } = context;
  const { goal } = direction;
  if (workload.templateRevision !== goal?.id) return judgeBeforeStep(workload, context);
  if (goal === undefined && workload.step === undefined) return { state: 'Done' };
  if (lacksKey(workload, goal)) return judgePreflight(workload, context);
  if (completedBefore(workload, goal)) return { state: 'Done' };
  const shortfall = findShortfall(workload, context);
  if (shortfall?.isFinal) return { state: 'Failed', reason: 'FilterRejected', message: shortfall.message };
  if (direction.kind !== 'RollBack' && workload.desired === 0) return withoutPods(workload, context);
  const memory = memoryOf(workload, context);
  if (shortfall === undefined || memory?.hasArrived) return { state: 'Done' };
  if (workload.ownUpdate?.state === 'Aborted') return aborted(workload, context);
  if (workload.isPaused) {
    const problem = preflight(workload, context);
    if (problem) return { state: 'Skipped', ...problem };
  }
  const { message } = shortfall;
  const secondsLeft = secondsToDeadline(workload, context);
  if (secondsLeft === undefined || secondsLeft > 0) {
    return { state: 'UnderWay', message, since: workload.step?.since, secondsLeft };
  }
  // Missing data must not fail a revision: an API server without a route to the proxies would roll everything back.
  if (shortfall.isUnknown) return { state: 'Inconclusive', message, secondsLeft: lookAgainSeconds };
  return {
    state: 'Failed',
    reason: shortfall.isOfProxies ? 'FilterRejected' : 'DeadlineExceeded',
    message: `${message}, and no progress for ${snapshot.agent.spec.rollout.progressDeadline}`,
  };
}

function aborted(workload: Workload, context: RolloutContext): Verdict {
  const message = `${workloadName(workload, context)}: its own update was aborted: ${workload.ownUpdate?.message ?? ''}`;
  return { state: 'Failed', reason: 'Aborted', message };
}

/** A pod that is only young becomes one that fails, without an event. */
const lookAgainSeconds = 15;

function withoutPods(workload: Workload, context: RolloutContext): Verdict {
  const message = `${workloadName(workload, context)}: it has no pods that could prove the revision`;
  return { state: 'Skipped', reason: 'NoReplicas', message };
}

function judgeBeforeStep(workload: Workload, context: RolloutContext): Verdict {
  const name = workloadName(workload, context);
  const label = podRevisionLabel(context.snapshot.agent.name);
  const remedy = `correct it there, or ${labelCommand(workload, context)}`;
  if (workload.foreignManager !== undefined) {
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${name}: the template's label ${label} is managed by "${workload.foreignManager}"; ${remedy}`,
      secondsLeft: undefined,
    };
  }
  const secondsLeft = secondsToNextAttempt(workload, context);
  if (secondsLeft > 0) {
    const who = workload.lastWriter === undefined ? 'somebody' : `"${workload.lastWriter}"`;
    return {
      state: 'Blocked',
      reason: 'LabelTakenOver',
      message: `${name}: ${who} changed the template's label ${label} after the operator set it; ${remedy}`,
      secondsLeft,
    };
  }
  return judgePreflight(workload, context);
}

function judgePreflight(workload: Workload, context: RolloutContext): Verdict {
  const problem = preflight(workload, context);
  if (problem === undefined) return { state: 'Todo' };
  // Whatever speaks against a restart: no workload stays on a failed revision.
  if (context.direction.kind === 'RollBack' && workload.templateRevision !== undefined) {
    const isOutOfReach = workload.isPaused || workload.templateSource !== undefined;
    return isOutOfReach ? { state: 'Blocked', ...problem, secondsLeft: undefined } : { state: 'Todo' };
  }
  return { state: 'Skipped', ...problem };
}

/** Without the key of redaction markers the filter runs, as in a canary pod of a first rollout. */
function keyRemark(workload: Workload, context: RolloutContext): string {
  const missing = missingTemplateKeys(workload, context).find(
    ({ variable }) => variable === redactionKeyEnvName,
  );
  return missing === undefined
    ? ''
    : `; its pods look up no request in which something is redacted: ${templateKeyRemedy(missing)}`;
}

function take(workload: Workload, context: RolloutContext, memory: RolloutMemory): Taken {
  const { snapshot, direction } = context;
  const waitsFor = missingResource(context);
  if (waitsFor !== undefined) return { waitsFor };
  const since = recordTime(snapshot);
  const message = `${workloadName(workload, context)}: updating to ${revisionText(direction)}${keyRemark(workload, context)}`;
  const { kind, name, uid, desired, ready, generation } = workload;
  const goal = direction.goal?.id;
  const unready = Math.max(0, Math.min(desired - ready, workload.maxUnavailable));
  const first = firstMemory(goal, since, unready);
  const attempts = attemptsOf(workload, context) + 1;
  const givesKey = takesKey(workload, direction.goal);
  const actions: Action[] = [
    {
      kind: 'SetWorkloadRevision',
      workload: { kind, name, uid },
      step: { revision: goal, since, agentUid: snapshot.agent.uid, ...(givesKey ? { hasKey: true } : {}) },
      publicKey: givesKey ? direction.goal?.data.publicKey : undefined,
      hasRedactionKey: givesKey && direction.goal?.data.redactionKeyDigest !== undefined,
    },
    { kind: 'Event', type: 'Normal', reason: movingState(direction), message },
  ];
  return { actions, since, message, memory: withWorkload(memory, uid, { ...first, attempts, generation }) };
}
