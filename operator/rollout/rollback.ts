import type { Action } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import type { Revision, RevisionFailure } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { recordTime } from './record-time.ts';

/** The target as it stands after the failure, and the actions that record it before any workload is rolled back. */
export function markRevisionFailed(snapshot: Snapshot, target: Revision, { reason, message }: Problem) {
  const failure: RevisionFailure = { reason, message, at: recordTime(snapshot) };
  const actions: Action[] = [
    { kind: 'MarkFailed', revisionId: target.id, failure },
    { kind: 'Event', type: 'Warning', reason, message },
  ];
  return { target: { ...target, failure }, actions };
}

export function rolledBackMessage(
  snapshot: Snapshot,
  { failure, goal }: { readonly failure: RevisionFailure; readonly goal: Revision | undefined },
): string {
  const where =
    goal === undefined
      ? 'the filter is off, as no revision is stable yet'
      : `revision ${goal.id} runs instead`;
  const { name } = snapshot.agent;
  return `${failure.message}; ${where}; see spagent logs ${name}, and change the spec or run ${retryCommand(snapshot)}`;
}

export function retryCommand({ agent: { namespace, name } }: Snapshot): string {
  return `spagent retry ${name} -n ${namespace}`;
}
