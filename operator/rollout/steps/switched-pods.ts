import type { CanaryMemory } from '../../api/rollout-memory.ts';
import { isPaused, type RolloutContext } from '../context.ts';
import { rejectsRevision } from '../rejects-revision.ts';
import { runsRevision } from '../runs-revision.ts';
import type { JudgedStep, Step, Verdict } from '../step.ts';
import { isToUpdate } from './canary.ts';
import { judgeOpenPods, podProblem } from './open-pods.ts';

const name = 'Canary pods';

/**
 * Pods of a canary that has passed keep the revision until their workload is updated. One that no longer runs it fails the revision:
 * its workload is not healthy then, and would wait for ever.
 */
export function switchedPodsSteps(context: RolloutContext, workloads: readonly JudgedStep[]): Step[] {
  const { snapshot, direction, target } = context;
  const { canary: memory } = target.memory;
  const hasPassed = memory !== undefined && memory.passed >= snapshot.agent.spec.rollout.canary.length;
  if (direction.kind !== 'Advance' || !hasPassed) return [];
  const waiting = new Set(workloads.filter(isToUpdate).map(({ step }) => step.workload));
  const switched = snapshot.pods.filter(
    ({ revision, templateRevision, workload }) =>
      revision === target.id && revision !== templateRevision && waiting.has(workload),
  );
  const open = switched.filter((pod) => !runsRevision(pod, target.id, snapshot.verification));
  const judge = (): Verdict => {
    const rejecting = open.find(rejectsRevision);
    if (rejecting !== undefined) {
      return { state: 'Failed', reason: 'FilterRejected', message: `${name}: ${podProblem(rejecting)}` };
    }
    if (open.length === 0) return { state: 'Done' };
    const running = `${switched.length - open.length} of ${switched.length}`;
    return judgeOpenPods(context, { open, message: `${name}: ${running} run revision ${target.id}`, memory });
  };
  return [
    {
      name,
      workload: undefined,
      judge,
      take: () => ({ waitsFor: name }),
      record: (before) => ({ ...before, canary: remember(context, memory, open.length > 0) }),
    },
  ];
}

function remember(context: RolloutContext, memory: CanaryMemory, isOpen: boolean): CanaryMemory {
  const { unverifiedSince = new Date(context.snapshot.now).toISOString(), ...others } = memory;
  return { ...others, ...(isOpen && !isPaused(context) ? { unverifiedSince } : {}) };
}
