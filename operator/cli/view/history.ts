import type { SpAgentStatus } from '../../api/status-schema.ts';
import { ageText } from './age.ts';
import type { Cell, Table } from './table.ts';

/** A revision in an agent's history, with what changed since the one before; undefined if that is not known. */
export type HistoryEntry = NonNullable<SpAgentStatus['history']>[number] & {
  readonly change?: string | undefined;
};

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
