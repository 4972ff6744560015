import type { Action } from '../api/actions.ts';
import { formatRolloutMemory } from '../api/rollout-memory.ts';

const markKinds = ['MarkStable', 'MarkFailed', 'ClearFailure', 'Remember'] as const;

/** An action that writes the status of a revision. */
export type Mark = Extract<Action, { kind: (typeof markKinds)[number] }>;

/** Actions that are executed together. */
export type ActionGroup = readonly [Mark, ...Mark[]] | readonly [Action];

/** Marks of one revision that follow each other are one write. */
export function groupActions(actions: readonly Action[]): ActionGroup[] {
  const groups: ActionGroup[] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last && isMarks(last) && isMark(action) && last[0].revisionId === action.revisionId) {
      groups.splice(-1, 1, [...last, action]);
    } else groups.push([action]);
  }
  return groups;
}

export function isMarks(group: ActionGroup): group is readonly [Mark, ...Mark[]] {
  return isMark(group[0]);
}

function isMark(action: Action): action is Mark {
  return markKinds.some((kind) => kind === action.kind);
}

/** Merge patch of a revision's status. A failure stays when a later attempt succeeds: the two times show which came last. */
export function statusOf(marks: readonly Mark[]): object {
  return Object.assign({}, ...marks.map(statusOfMark)) as object;
}

function statusOfMark(mark: Mark): object {
  switch (mark.kind) {
    case 'MarkStable':
      return { stableSince: mark.since };
    case 'MarkFailed':
      return { failure: mark.failure };
    case 'ClearFailure':
      return { memory: formatRolloutMemory(mark.memory), failure: null };
    case 'Remember':
      return { memory: formatRolloutMemory(mark.memory) };
  }
}
