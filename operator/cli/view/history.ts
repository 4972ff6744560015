import type { SpAgentStatus } from '../../api/status-schema.ts';
import { ageText } from './age.ts';
import type { Cell, Table } from './table.ts';

type Entry = NonNullable<SpAgentStatus['history']>[number];

export function historyTable(history: readonly Entry[], now: number): Table {
  return {
    columns: ['REVISION', 'ID', 'FILTER', 'OUTCOME', 'AGE', 'MESSAGE'],
    rows: history.map(({ revisionNumber, revision, digest, outcome, createdAt, message }) => [
      String(revisionNumber),
      revision,
      digest.slice(0, 12),
      outcomeCell(outcome),
      ageText(createdAt, now),
      message ?? '',
    ]),
  };
}

function outcomeCell(outcome: Entry['outcome']): Cell {
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
