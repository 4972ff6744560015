import type { Action } from '../api/actions.ts';
import type { Reason } from '../api/reasons.ts';
import type { Revision, RevisionFailure } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { recordTime } from './record-time.ts';

/** What stopped a rollout. */
export interface Cause {
  readonly reason: Reason;
  readonly message: string;
}

/** The target as it stands after the failure, and the actions that write it down before anything moves back. */
export function markRevisionFailed(snapshot: Snapshot, target: Revision, { reason, message }: Cause) {
  const failure: RevisionFailure = {
    reason,
    message,
    generation: snapshot.agent.generation,
    at: recordTime(snapshot),
  };
  const actions: Action[] = [
    { kind: 'MarkFailed', revisionId: target.id, failure },
    { kind: 'Event', type: 'Warning', reason, message },
  ];
  return { target: { ...target, failure }, actions };
}

export function rolledBackMessage(
  { agent }: Snapshot,
  { failure, goal }: { readonly failure: RevisionFailure; readonly goal: Revision | undefined },
): string {
  const where =
    goal === undefined
      ? 'the filter is off, as no revision is stable yet'
      : `revision ${goal.id} runs instead`;
  return `${failure.message}; ${where}; see spagent logs ${agent.name}, and change the spec to try anew`;
}
