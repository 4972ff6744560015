import type { SpAgentStatus } from '../../api/status-schema.ts';
import type { KeptRevision } from '../revisions.ts';
import { ageText } from './age.ts';
import { revisionChange } from './changes.ts';
import type { Cell, Table } from './table.ts';

/** A revision in an agent's history, with what changed since the one before; undefined if that is not known. */
export type HistoryEntry = NonNullable<SpAgentStatus['history']>[number] & {
  readonly change?: string | undefined;
};

/** @param revisions oldest first. */
export function withChanges(
  history: readonly HistoryEntry[],
  revisions: readonly KeptRevision[],
): readonly HistoryEntry[] {
  return history.map((entry) => {
    const index = revisions.findIndex(({ id }) => id === entry.revision);
    const [before, after] = [revisions[index - 1], revisions[index]];
    return before && after ? { ...entry, change: revisionChange(before, after) } : entry;
  });
}

export function historyTable(history: readonly HistoryEntry[], now: number): Table {
  return {
    columns: ['REVISION', 'ID', 'FILTER', 'OUTCOME', 'AGE', 'CHANGED', 'MESSAGE'],
    rows: history.map(({ revisionNumber, revision, digest, outcome, createdAt, change, message }) => [
      String(revisionNumber),
      revision,
      digest.slice(0, 12),
      outcomeCell(outcome),
      ageText(createdAt, now),
      change ?? '-',
      message ?? '',
    ]),
  };
}

function outcomeCell(outcome: HistoryEntry['outcome']): Cell {
  switch (outcome) {
    case 'Stable':
      return { text: outcome, tone: 'good' };
    case 'Failed':
      return { text: outcome, tone: 'bad' };
    case 'Pending':
      return { text: outcome, tone: 'pending' };
    case 'Superseded':
      return outcome;
  }
}
