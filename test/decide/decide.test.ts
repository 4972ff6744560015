import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { finalizer } from '../../operator/api/names.ts';
import type { Pod } from '../../operator/api/pod.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { decide } from '../../operator/decide/decide.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { agentOf, artifact, minimalSpec, wholeMesh } from '../support/agent.ts';
import { afterRuns } from '../support/after-runs.ts';
import {
  at,
  ids,
  podsOf,
  revisionOf,
  rolling,
  snapshotOf,
  start,
  workloadAt,
  workloadOf,
} from '../support/rollout.ts';
import { failedB, stableA } from '../support/rollout-table.ts';

const cart = workloadOf('cart');
const kindsOf = (lists: readonly (readonly Action[])[]) => lists.map((list) => list.map(({ kind }) => kind));

/** A world in which nothing was done yet. */
function fresh(parts: Partial<Snapshot> = {}): Snapshot {
  return snapshotOf({ workloads: [cart], owned: [], ...parts });
}

const condition = (snapshot: Snapshot, type: string) =>
  decide(snapshot).status?.conditions?.find((one) => one.type === type);

describe('decide for a new agent', () => {
  it('asks the filter about its configuration first, and reports nothing until it answers', () => {
    const { actions, status, nextLook } = decide(fresh());
    assert.deepEqual(kindsOf(actions), [['CheckConfiguration']]);
    assert.deepEqual([status, nextLook], [undefined, 0]);
  });

  it('sets the finalizer before anything else, with the resourceVersion that it was decided by', () => {
    const bare = fresh();
    const identity = { ...bare.identity, finalizers: ['other'], resourceVersion: '7' };
    const { actions } = decide({ ...bare, identity });
    assert.deepEqual(actions[0]?.[0], {
      kind: 'SetFinalizers',
      finalizers: ['other', finalizer],
      resourceVersion: '7',
    });
  });

  it('creates the revision, then its backend, then its plug-in, then labels one workload', () => {
    const { actions } = afterRuns(fresh({ workloads: [cart, workloadOf('web')] }), 3);
    const done = actions.filter(({ kind }) => kind !== 'Event').map(({ kind }) => kind);
    assert.deepEqual(done, [
      'CheckConfiguration',
      'CreateRevision',
      'Apply',
      'Apply',
      'Apply',
      'Remember',
      'SetWorkloadRevision',
    ]);
    const applied = actions.flatMap((action) => (action.kind === 'Apply' ? [action.resource.kind] : []));
    assert.deepEqual(applied, ['DestinationRule', 'ServiceEntry', 'EnvoyFilter']);
  });

  it('gives a revision the next number after the highest', () => {
    const former = [revisionOf(ids.a, { number: 4 }), revisionOf(ids.b, { number: 7 })];
    const { actions } = afterRuns(fresh({ revisions: former, workloads: [] }), 2);
    const created = actions.find((action) => action.kind === 'CreateRevision');
    assert.equal(created?.revision.number, 8);
  });

  it('begins to number revisions with 1', () => {
    const created = afterRuns(fresh(), 2).actions.find((action) => action.kind === 'CreateRevision');
    assert.equal(created?.revision.number, 1);
  });

  it('keeps the spec that asked for a revision with it', () => {
    const snapshot = fresh();
    const created = afterRuns(snapshot, 2).actions.find((action) => action.kind === 'CreateRevision');
    assert.deepEqual(created?.agentSpec, snapshot.agent.spec);
  });

  it('does nothing twice', () => {
    const { snapshot } = afterRuns(fresh(), 4);
    assert.deepEqual(afterRuns(snapshot, 1).actions, []);
  });
});

describe('decide for a configuration that the filter refuses', () => {
  const { actions } = decide(fresh());
  const check = actions.flat().find((action) => action.kind === 'CheckConfiguration');
  assert.ok(check);
  const refused = (retryableSince: number | undefined, now = start) =>
    fresh({
      now,
      configurations: new Map([
        [
          check.revision.id,
          { state: 'Refused', reason: 'ConfigRefused', message: 'spec.capture: no', retryableSince },
        ],
      ]),
    });

  it('creates no revision, and says why', () => {
    const { actions: done, status } = decide(refused(undefined));
    assert.deepEqual(
      done.flat().map(({ kind }) => kind),
      ['Event'],
    );
    assert.equal(status?.targetRevision, undefined);
    const degraded = condition(refused(undefined), 'Degraded');
    assert.deepEqual([degraded?.status, degraded?.reason], ['True', 'ConfigRefused']);
  });

  it('asks again after 30 s where the answer may be another by then, and only then', () => {
    const asks = (snapshot: Snapshot) =>
      decide(snapshot)
        .actions.flat()
        .some(({ kind }) => kind === 'CheckConfiguration');
    assert.ok(!asks(refused(start, start + 29_999)));
    assert.ok(asks(refused(start, start + 30_000)));
    assert.ok(!asks(refused(undefined, start + 3_600_000)));
    assert.equal(decide(refused(start)).nextLook, 30);
    assert.equal(decide(refused(undefined)).nextLook, undefined);
  });
});

describe('decide for an agent whose pods an earlier one selects', () => {
  const { selector } = agentOf(minimalSpec).spec;
  const otherAgents = [{ name: 'older', createdAt: '2020-01-01T00:00:00Z', selector }];

  it('prepares nothing, and holds', () => {
    const { actions, status } = decide(fresh({ otherAgents }));
    assert.deepEqual(
      actions.flat().map(({ kind }) => kind),
      ['Event'],
    );
    assert.equal(status?.rollout?.state, 'Held');
    assert.equal(condition(fresh({ otherAgents }), 'ResourcesApplied')?.status, 'True');
  });
});

describe('decide for an action that failed', () => {
  const failure = { reason: 'FieldConflict', message: 'argocd owns spec.url' } as const;

  it('says so in the status, also before the filter was asked', () => {
    for (const snapshot of [fresh({ failure }), { ...afterRuns(fresh(), 3).snapshot, failure }]) {
      const degraded = condition(snapshot, 'Degraded');
      assert.deepEqual(
        [degraded?.status, degraded?.reason, degraded?.message],
        ['True', 'FieldConflict', 'argocd owns spec.url'],
      );
      assert.equal(condition(snapshot, 'ResourcesApplied')?.status, 'False');
    }
  });
});

describe('decide for a revision that is to be tried again', () => {
  it('rolls it out, and no longer says that it failed', () => {
    const { snapshot } = afterRuns(fresh(), 2);
    const [target] = snapshot.revisions;
    assert.ok(target);
    const failed = { ...snapshot, revisions: [{ ...target, failure: failedB.failure }] };
    const outcomeOf = (seen: Snapshot) => decide(seen).status?.history?.[0]?.outcome;
    assert.equal(outcomeOf(failed), 'Failed');
    const retried = { ...failed, identity: { ...failed.identity, retry: target.id } };
    assert.equal(outcomeOf(retried), 'Pending');
    assert.equal(decide(retried).status?.rollout?.state, 'Progressing');
  });
});

describe('the lists of actions of decide', () => {
  it('make the rollout depend on its resources', () => {
    const { snapshot } = afterRuns(fresh(), 1);
    const [first = []] = kindsOf(decide(snapshot).actions);
    assert.ok(first.includes('Apply'));
    const later = afterRuns(snapshot, 1).snapshot;
    const spoilt = { ...later, owned: later.owned.map((one) => ({ ...one, spec: {} })), workloads: [cart] };
    const lists = kindsOf(decide(spoilt).actions);
    assert.deepEqual(lists[0]?.slice(0, 3), ['Apply', 'Apply', 'Apply']);
    assert.ok(lists[0].includes('SetWorkloadRevision'));
  });

  it('roll back though resources cannot be applied', () => {
    const { snapshot } = afterRuns(fresh({ workloads: [] }), 2);
    const target = snapshot.revisions.at(-1);
    assert.ok(target);
    const { failure } = failedB;
    const world: Snapshot = {
      ...snapshot,
      revisions: [stableA, { ...target, failure }],
      owned: [],
      workloads: [workloadAt('cart', target.id, rolling), workloadAt('web', ids.a)],
    };
    const lists = kindsOf(decide(world).actions);
    assert.ok(lists[0]?.every((kind) => kind === 'Apply'));
    assert.equal(decide(world).status?.rollout?.state, 'RollingBack');
    assert.equal(lists.length, 3);
  });
});

describe('decide for what is no longer wanted', () => {
  it('deletes resources that nothing names, and revisions beyond the history', () => {
    const { snapshot } = afterRuns(fresh({ workloads: [] }), 2);
    const old = Array.from({ length: 7 }, (_, index) =>
      revisionOf(String(index).repeat(12), { number: index - 10, createdAt: at(-1000 + index) }),
    );
    const stray = {
      kind: 'WasmPlugin',
      name: 'checkout-old',
      labels: {},
      ownerReferences: [],
      spec: {},
    } as const;
    const { actions } = decide({
      ...snapshot,
      revisions: [...old, ...snapshot.revisions],
      owned: [...snapshot.owned, stray],
    });
    const done = actions.flat().filter(({ kind }) => kind !== 'Event');
    assert.deepEqual(done, [
      { kind: 'Prune', resource: { kind: 'WasmPlugin', name: 'checkout-old' } },
      { kind: 'DeleteRevision', revisionId: '000000000000' },
      { kind: 'DeleteRevision', revisionId: '111111111111' },
    ]);
  });

  it('applies and awaits no kind that the mesh has lost', () => {
    const { snapshot } = afterRuns(fresh({ workloads: [] }), 2);
    const { actions, status } = decide({ ...snapshot, mesh: new Set(['ServiceEntry']), owned: [] });
    const applied = actions
      .flat()
      .flatMap((action) => (action.kind === 'Apply' ? [action.resource.kind] : []));
    assert.deepEqual(applied, []);
    assert.match(
      status?.conditions?.find(({ type }) => type === 'Degraded')?.message ?? '',
      /no CustomResourceDefinition/,
    );
  });
});

describe('decide for an agent whose rollout is complete', () => {
  /** All pods of its one workload run its revision; one of them was asked at that time. */
  function complete(askedAt: number | undefined, secondsInSync: number, parts: Partial<Pod> = {}) {
    const snapshot = snapshotOf({ secondsInSync, verification: 'Required' });
    const { agent, mesh, publicKey, redactionKey, policy } = snapshot;
    const wanted = wantedRevision({ agent, artifact, mesh, publicKey, redactionKey, policy });
    assert.ok('id' in wanted);
    const stable = revisionOf(wanted.id, { data: wanted.data, stableSince: at(-50) });
    const step = { revision: wanted.id, since: at(-80), hasKey: true, agentUid: agent.uid } as const;
    const workload = workloadAt('cart', wanted.id, { step });
    const [first, ...others] = podsOf(workload, { state: 'Verified' });
    assert.ok(first);
    const asked: Pod =
      askedAt === undefined ? { ...first, verification: unknown, askedAt, ...parts } : { ...first, ...parts };
    return decide({ ...snapshot, revisions: [stable], workloads: [workload], pods: [asked, ...others] });
  }
  const unknown = { state: 'Unknown', message: 'its proxy has not answered yet' } as const;

  it('leaves the status as it is while an operator that has just started asks its proxies', () => {
    assert.equal(complete(undefined, 29.9).status, undefined);
    assert.notEqual(complete(undefined, 30).status, undefined);
    assert.notEqual(complete(start, 5).status, undefined);
  });

  it('waits for no answer of a pod that is not ready, or has no revision', () => {
    assert.notEqual(complete(undefined, 5, { isReady: false }).status, undefined);
    assert.notEqual(complete(undefined, 5, { revision: undefined }).status, undefined);
  });

  it('says that it does not know where a proxy is not asked for long', () => {
    const { status } = complete(undefined, 60);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.status, ready?.reason], ['Unknown', 'Verifying']);
    assert.equal(status?.pods, '2/3');
  });
});

describe('decide for a mesh that got another kind', () => {
  it('keeps the delivery of the newest revision', () => {
    const older = new Set(wholeMesh);
    older.delete('TrafficExtension');
    const { snapshot } = afterRuns(fresh({ mesh: older, workloads: [] }), 2);
    const [first] = snapshot.revisions;
    assert.ok(first);
    const former = {
      ...first,
      id: ids.c,
      number: 0,
      data: { ...first.data, delivery: 'EnvoyFilter' },
    } as const;
    const world = { ...snapshot, mesh: wholeMesh, revisions: [former, first] };
    assert.deepEqual(
      decide(world)
        .actions.flat()
        .filter(({ kind }) => kind === 'CheckConfiguration'),
      [],
    );
    assert.equal(first.data.delivery, 'WasmPlugin');
  });
});
