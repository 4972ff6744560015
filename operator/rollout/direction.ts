import type { Revision, RevisionFailure } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';

/** Where the workloads are to go, and what it means if one of them does not arrive. */
export type Course =
  | {
      /**
       * Forward: to the target, which is not known to be good yet; a failed step condemns it.
       * Keep: to the target, which was rolled out whole before; a failed step tells about the workload alone.
       */
      readonly kind: 'Forward' | 'Keep';
      readonly goal: Revision;
    }
  | {
      /** Away from the failed target, to the stable revision or, without one, to none. */
      readonly kind: 'Back';
      readonly goal: Revision | undefined;
      readonly failure: RevisionFailure;
    };

/** What a workload's step is judged by. */
export interface Standard {
  readonly snapshot: Snapshot;
  readonly course: Course;
}

/** The target failed, and the user wants no rollback: nothing moves. */
export interface Stay {
  readonly kind: 'Stay';
  readonly goal: Revision;
  readonly failure: RevisionFailure;
}

export function chooseCourse(snapshot: Snapshot, target: Revision): Course | Stay {
  const { failure } = target;
  const stable = stableRevision(snapshot.revisions);
  if (stable?.id === target.id) return { kind: 'Keep', goal: target };
  // No retry until the spec changes: a bad revision would restart pods for ever.
  if (failure?.generation !== snapshot.agent.generation) return { kind: 'Forward', goal: target };
  if (!snapshot.agent.spec.rollout.autoRollback) return { kind: 'Stay', goal: target, failure };
  return { kind: 'Back', goal: stable, failure };
}
