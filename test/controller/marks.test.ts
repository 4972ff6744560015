import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { noMemory } from '../../operator/api/rollout-memory.ts';
import { groupActions, isMarks, statusOf } from '../../operator/controller/marks.ts';
import { at, ids } from '../support/rollout.ts';

const remember = (revisionId: string): Action => ({ kind: 'Remember', revisionId, memory: noMemory });
const stable = (revisionId: string): Action => ({ kind: 'MarkStable', revisionId, since: at(1) });
const event: Action = { kind: 'Event', type: 'Normal', reason: 'RolloutComplete', message: 'done' };

describe('the writes of a run', () => {
  it('join marks of one revision that follow each other', () => {
    const groups = groupActions([remember(ids.a), remember(ids.b), stable(ids.b), event, stable(ids.b)]);
    assert.deepEqual(
      groups.map((group) => group.map(({ kind }) => kind)),
      [['Remember'], ['Remember', 'MarkStable'], ['Event'], ['MarkStable']],
    );
    const [, joined] = groups;
    assert.ok(joined && isMarks(joined));
    assert.deepEqual(statusOf(joined), { memory: '{"workloads":{}}', stableSince: at(1) });
  });

  it('keep a failure that is cleared and then set', () => {
    const failure = { at: at(2), reason: 'Aborted', message: 'no' } as const;
    const marks = [
      { kind: 'ClearFailure', revisionId: ids.a, memory: noMemory } as const,
      { kind: 'MarkFailed', revisionId: ids.a, failure } as const,
    ];
    assert.deepEqual(statusOf(marks), { memory: '{"workloads":{}}', failure });
  });
});
