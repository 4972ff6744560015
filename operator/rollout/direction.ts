import type { Revision, RevisionFailure } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';

/** Which revision the workloads are to run, and what it means if one of them fails to. */
export type Direction =
  | {
      /**
       * Advance: to the target, which is not proven yet; a failed step marks it failed.
       * Maintain: at the target, whose rollout completed before; a failed step is a fault of the workload alone.
       */
      readonly kind: 'Advance' | 'Maintain';
      readonly goal: Revision;
    }
  | {
      /** From the failed target to the stable revision or, without one, to none. */
      readonly kind: 'RollBack';
      readonly goal: Revision | undefined;
      readonly failure: RevisionFailure;
    }
  | {
      /** The target failed, and spec.rollout.autoRollback is off: nothing is changed until all workloads recover. */
      readonly kind: 'Hold';
      readonly goal: Revision;
      readonly failure: RevisionFailure;
    };

export function chooseDirection(snapshot: Snapshot, target: Revision): Direction {
  const stable = stableRevision(snapshot.revisions);
  if (stable?.id === target.id) return { kind: 'Maintain', goal: target };
  const failure = openFailure(target);
  // Whatever else of the spec changes: a bad revision would restart pods again and again.
  if (failure === undefined) return { kind: 'Advance', goal: target };
  if (!snapshot.agent.spec.rollout.autoRollback) return { kind: 'Hold', goal: target, failure };
  return { kind: 'RollBack', goal: stable, failure };
}

/** A failure that no later completion made good. */
export function openFailure({ failure, stableSince }: Revision): RevisionFailure | undefined {
  if (failure === undefined || stableSince === undefined) return failure;
  return Date.parse(failure.at) > Date.parse(stableSince) ? failure : undefined;
}

export function movingState(direction: Direction): 'RollingBack' | 'Progressing' {
  return direction.kind === 'RollBack' ? 'RollingBack' : 'Progressing';
}

export function revisionText({ goal }: Direction): string {
  return goal === undefined ? 'no revision' : `revision ${goal.id}`;
}
