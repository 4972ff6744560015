import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { finalizer } from '../../operator/api/names.ts';
import type { DeletedAgent, RefusedAgent } from '../../operator/api/snapshot.ts';
import { decide } from '../../operator/decide/decide.ts';
import { snapshotOf } from '../support/rollout.ts';
import { stableA } from '../support/rollout-table.ts';

const kindsOf = (lists: readonly (readonly Action[])[]) => lists.map((list) => list.map(({ kind }) => kind));

describe('decide for a deleted agent', () => {
  const { identity, now, failure } = snapshotOf();
  const owned = ['ServiceEntry', 'EnvoyFilter'] as const;
  const deleted: DeletedAgent = {
    state: 'Deleted',
    now,
    identity: { ...identity, finalizers: ['other', finalizer] },
    failure,
    revisions: [stableA],
    owned: owned.map((kind) => ({ kind, name: 'checkout', labels: {}, ownerReferences: [], spec: {} })),
  };

  it('removes plug-ins, then the rest, and its finalizer last', () => {
    const { actions, status } = decide(deleted);
    const done = actions
      .flat()
      .map((action) => (action.kind === 'Prune' ? action.resource.kind : action.kind));
    assert.deepEqual(done, ['Event', 'EnvoyFilter', 'ServiceEntry', 'DeleteRevision', 'SetFinalizers']);
    assert.equal(actions.length, 1);
    const last = actions[0]?.at(-1);
    assert.deepEqual(last?.kind === 'SetFinalizers' && last.finalizers, ['other']);
    assert.equal(status, undefined);
  });

  it('does nothing once its finalizer is gone', () => {
    const gone = { ...deleted, identity: { ...identity, finalizers: ['other'] } };
    assert.deepEqual(decide(gone).actions, []);
  });
});

describe('decide for a spec that cannot be read', () => {
  const { identity, now, failure } = snapshotOf();
  const unreadable = (status: RefusedAgent['status']): RefusedAgent => ({
    state: 'Refused',
    now,
    identity: { ...identity, generation: 4 },
    failure,
    problem: { reason: 'SpecInvalid', message: 'SpAgent shop/checkout: spec.selector: is missing' },
    status,
  });

  it('reports the error once, and leaves everything else as it is', () => {
    const first = decide(unreadable({ pods: '3/3' }));
    assert.deepEqual(kindsOf(first.actions), [['Event']]);
    assert.equal(first.status?.observedGeneration, 4);
    assert.equal(first.status.pods, '3/3');
    const again = decide(unreadable(first.status));
    assert.deepEqual(again.actions, []);
    assert.deepEqual(again.status, first.status);
  });

  it('reports another error', () => {
    const { status = {} } = decide(unreadable({}));
    const problem = {
      reason: 'SpecInvalid',
      message: 'SpAgent shop/checkout: spec.mode: is missing',
    } as const;
    assert.deepEqual(kindsOf(decide({ ...unreadable(status), problem }).actions), [['Event']]);
    const other = { ...unreadable(status).problem, reason: 'NamespaceExcluded' } as const;
    assert.deepEqual(kindsOf(decide({ ...unreadable(status), problem: other }).actions), [['Event']]);
  });

  it('keeps what was known of the module and of the proxies', () => {
    const before = decide(snapshotOf({ failure: { reason: 'ApplyFailed', message: 'no' } })).status ?? {};
    const found = (status: RefusedAgent['status'] | undefined) =>
      status?.conditions?.find(({ type }) => type === 'FilterReady');
    assert.equal(found(before)?.status, 'True');
    assert.deepEqual(found(decide(unreadable(before)).status)?.message, found(before)?.message);
  });
});

describe('decide for an agent that could not be observed', () => {
  const failure = { reason: 'ObserveFailed', message: 'Secret shop/key: HTTP status 500' } as const;
  const { identity, now } = snapshotOf();
  const before = decide(snapshotOf({ failure })).status ?? {};
  const { actions, status } = decide({ state: 'Unobserved', now, identity, failure, status: before });

  it('does nothing, keeps what is known, and says what is wrong', () => {
    assert.deepEqual(actions, []);
    assert.equal(status?.pods, before.pods);
    const found = (type: string) => status?.conditions?.find((one) => one.type === type);
    assert.deepEqual([found('Degraded')?.status, found('Degraded')?.message], ['True', failure.message]);
    assert.deepEqual([found('Ready')?.status, found('Ready')?.reason], ['False', 'ObserveFailed']);
    assert.equal(found('FilterReady')?.status, 'True');
  });

  it('says that nothing is known of an agent without a status', () => {
    const first = decide({ state: 'Unobserved', now, identity, failure, status: {} });
    const found = first.status?.conditions?.find(({ type }) => type === 'Available');
    assert.deepEqual([found?.status, found?.reason], ['Unknown', 'ObserveFailed']);
  });
});
