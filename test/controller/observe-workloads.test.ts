import assert from 'node:assert/strict';
import { podRevisionLabel, stepAnnotation } from '../../operator/api/names.ts';
import type { ClusterClient } from '../../operator/cluster/client.ts';
import { Cache } from '../../operator/controller/cache.ts';
import { trimPod, trimReplicaSet, trimWorkload } from '../../operator/controller/items.ts';
import { observeUnmanaged } from '../../operator/controller/observe-unmanaged.ts';
import { observeWorkloads } from '../../operator/controller/observe-workloads.ts';
import type { Answer, Question } from '../../operator/controller/verifier.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { ids, revisionOf } from '../support/rollout.ts';

function cacheOf(client: ClusterClient): Cache {
  return new Cache(client, {
    namespaces: undefined,
    enqueue: () => undefined,
    watchFailed: assert.ifError,
    revisionIgnored: assert.fail,
  });
}

describe('the pods that no workload manages', () => {
  it('are those of a Job, of a ReplicaSet alone, and without owner, as long as they run', async () => {
    await using client = await clientOf(1);
    const cache = cacheOf(client);
    const agent = agentOf(minimalSpec);
    const meta = (name: string, owner?: { kind: string; name: string; uid: string }) => ({
      ...{ namespace: agent.namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '' },
      labels: minimalSpec.selector.matchLabels,
      ownerReferences: owner === undefined ? [] : [{ ...owner, controller: true }],
    });
    const pod = (name: string, owner?: { kind: string; name: string; uid: string }, phase = 'Running') => {
      cache.pods.upsert(trimPod({ metadata: meta(name, owner), status: { phase } } as never));
    };
    const job = { kind: 'Job', name: 'migrate', uid: 'j' };
    const lone = { kind: 'ReplicaSet', name: 'lone', uid: 'lone' };
    const ofDeployment = { kind: 'ReplicaSet', name: 'web-1', uid: 'web-1' };
    cache.replicaSets.upsert(trimReplicaSet({ metadata: meta('lone'), spec: {} } as never));
    const web = { kind: 'Deployment', name: 'web', uid: 'web' };
    cache.replicaSets.upsert(trimReplicaSet({ metadata: meta('web-1', web), spec: {} } as never));
    pod('by-hand');
    pod('ended', undefined, 'Succeeded');
    pod('migrate-1', job);
    pod('migrate-2', job);
    pod('migrate-3', job, 'Failed');
    pod('lone-1', lone);
    pod('web-1-1', ofDeployment);
    pod('unseen-1', { kind: 'ReplicaSet', name: 'unseen', uid: 'unseen' });
    pod('db-0', { kind: 'StatefulSet', name: 'db', uid: 'db' });
    assert.deepEqual(observeUnmanaged(cache, agent), [
      { kind: 'Job', name: 'migrate', total: 2, ready: 0 },
      { kind: 'Pod', name: 'by-hand', total: 1, ready: 0 },
      { kind: 'ReplicaSet', name: 'lone', total: 1, ready: 0 },
    ]);
  });
});

describe('the observed workloads', () => {
  it('have the step of the agent itself, and none of a deleted agent of the same name', async () => {
    await using client = await clientOf(1);
    const cache = cacheOf(client);
    const agent = agentOf(minimalSpec);
    const since = '2026-01-02T03:04:05.000Z';
    const observed = (agentUid: string, resourceVersion: string) => {
      const step = JSON.stringify({ revision: 'aaaaaaaaaaaa', since, agentUid });
      const object = {
        metadata: {
          ...{ namespace: agent.namespace, name: 'web', uid: 'w', resourceVersion },
          creationTimestamp: since,
          annotations: { [stepAnnotation(agent.name)]: step },
        },
        spec: { template: { metadata: { labels: minimalSpec.selector.matchLabels } } },
      };
      cache.workloads.get('Deployment')?.upsert(trimWorkload('Deployment', object));
      return observeWorkloads({ cache, verifier: undefined }, agent, []).workloads;
    };
    assert.deepEqual(
      observed(agent.uid, '1').map(({ step }) => step?.since),
      [since],
    );
    assert.deepEqual(
      observed('uid-of-the-deleted-one', '2').map(({ step }) => step),
      [undefined],
    );
  });

  it('name the agents whose labels running pods carry, and leave out pods that are going', async () => {
    await using client = await clientOf(1);
    const cache = cacheOf(client);
    const agent = agentOf(minimalSpec);
    const of = (uid: string) => ({
      ...{ namespace: agent.namespace, name: uid, uid, resourceVersion: '1' },
      creationTimestamp: '2026-01-02T03:04:05Z',
    });
    const { matchLabels: labels } = minimalSpec.selector;
    const spec = { template: { metadata: { labels } } };
    const web = trimWorkload('StatefulSet', { metadata: of('web'), ...{ spec } });
    cache.workloads.get('StatefulSet')?.upsert(web);
    const pod = (name: string, revisionLabels: readonly string[], parts: object = {}) => {
      const own = Object.fromEntries(revisionLabels.map((one) => [podRevisionLabel(one), 'aaaaaaaaaaaa']));
      const ownerReferences = [{ controller: true, uid: 'web', kind: 'StatefulSet', name: 'web' }];
      cache.pods.upsert(
        trimPod({ metadata: { ...of(name), labels: { ...labels, ...own }, ownerReferences, ...parts } }),
      );
    };
    pod('web-0', []);
    pod('web-1', ['later', 'checkout']);
    pod('web-2', ['later']);
    pod('web-3', ['gone'], { deletionTimestamp: '2026-01-02T03:04:05Z' });
    const { workloads } = observeWorkloads({ cache, verifier: undefined }, agent, []);
    assert.deepEqual(workloads[0]?.agentsOfPods, ['checkout', 'later']);
  });

  it('ask a proxy without a revision whether it loads what another one refused', async () => {
    await using client = await clientOf(1);
    const agent = agentOf(minimalSpec);
    const known = revisionOf(ids.b);
    const readySince = Date.parse('2026-01-02T03:04:05Z');
    const observed = (modulesLoadedAt: number | undefined) => {
      const cache = cacheOf(client);
      const of = (uid: string) => ({
        ...{ namespace: agent.namespace, name: uid, uid, resourceVersion: '1' },
        creationTimestamp: '2026-01-02T03:04:05Z',
      });
      const { matchLabels: labels } = minimalSpec.selector;
      const template = { metadata: { labels } };
      cache.workloads
        .get('StatefulSet')
        ?.upsert(trimWorkload('StatefulSet', { metadata: of('web'), ...{ spec: { template } } }));
      for (const [name, own] of [
        ['web-0', {}],
        ['web-1', { [podRevisionLabel(agent.name)]: ids.b }],
      ] as const) {
        const ownerReferences = [{ controller: true, uid: 'web', kind: 'StatefulSet', name: 'web' }];
        const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z' }];
        const metadata = { ...of(name), labels: { ...labels, ...own }, ownerReferences };
        cache.pods.upsert(trimPod({ metadata, status: { conditions } } as never));
      }
      const refused = { state: 'NotVerified', message: 'fetch_failure', cause: 'Refused' } as const;
      const asked: string[] = [];
      const verifier = {
        answer: ({ pod, expected }: Question): Answer => {
          asked.push(pod.name);
          const times = { askedAt: readySince, askedSince: readySince, backend: undefined };
          return expected.revision === ids.b
            ? { ...times, verification: refused, modulesLoadedAt: undefined }
            : { ...times, verification: { state: 'Loaded', message: '' }, modulesLoadedAt };
        },
      };
      const { pods } = observeWorkloads({ cache, verifier }, agent, [known]);
      return { asked, doubts: pods.map(({ isRefusalDoubtful = false }) => isRefusalDoubtful) };
    };
    assert.deepEqual(observed(readySince + 10_000), { asked: ['web-1', 'web-0'], doubts: [false, false] });
    assert.deepEqual(observed(undefined).doubts, [false, true]);
  });
});

describe('an observed Rollout', () => {
  const agent = agentOf(minimalSpec);
  const { matchLabels } = minimalSpec.selector;
  const label = podRevisionLabel(agent.name);
  const meta = (name: string, parts: object = {}) => ({
    ...{ namespace: agent.namespace, name, uid: name, resourceVersion: '1' },
    creationTimestamp: '2026-01-02T03:04:05Z',
    ...parts,
  });
  const ownedBy = (kind: string, name: string) => ({
    ownerReferences: [{ controller: true, uid: name, kind, name }],
  });
  const template = (revision?: string) => ({
    metadata: { labels: { ...matchLabels, ...(revision === undefined ? {} : { [label]: revision }) } },
  });

  function fill(cache: Cache, rolloutSpec: object, base?: { readonly replicas: number }): void {
    const status = { currentPodHash: 'new', stableRS: 'old' };
    cache.workloads
      .get('Rollout')
      ?.upsert(trimWorkload('Rollout', { metadata: meta('cart'), spec: rolloutSpec, status } as never));
    for (const [hash, revision] of [
      ['old', ids.a],
      ['new', ids.b],
    ] as const) {
      const owner = ownedBy('Rollout', 'cart');
      const spec = { template: template(revision) };
      cache.replicaSets.upsert(trimReplicaSet({ metadata: meta(`cart-${hash}`, owner), spec } as never));
      const labels = { ...matchLabels, [label]: revision, 'rollouts-pod-template-hash': hash };
      const metadata = meta(`cart-${hash}-1`, { ...ownedBy('ReplicaSet', `cart-${hash}`), labels });
      cache.pods.upsert(trimPod({ metadata } as never));
    }
    if (base === undefined) return;
    const spec = { ...base, template: template(ids.b) };
    const status2 = { replicas: base.replicas };
    const object = { metadata: meta('base'), spec, status: status2 };
    cache.workloads.get('Deployment')?.upsert(trimWorkload('Deployment', object));
  }

  it('has the pods of its ReplicaSets, and retains the revisions that these name', async () => {
    await using client = await clientOf(1);
    const cache = cacheOf(client);
    fill(cache, { template: template(ids.b) });
    const { workloads, pods } = observeWorkloads({ cache, verifier: undefined }, agent, []);
    assert.deepEqual(
      workloads.map(({ kind, name, templateRevision }) => [kind, name, templateRevision]),
      [['Rollout', 'cart', ids.b]],
    );
    assert.deepEqual(workloads[0]?.retainedRevisions, [ids.a, ids.b]);
    assert.deepEqual(
      pods.map(({ name, workload, revision }) => [name, workload, revision]),
      [
        ['cart-new-1', 'Rollout/cart', ids.b],
        ['cart-old-1', 'Rollout/cart', ids.a],
      ],
    );
    assert.deepEqual(observeUnmanaged(cache, agent), []);
  });

  it('with the template of a Deployment is selected by it, and the Deployment without pods is left out', async () => {
    await using client = await clientOf(1);
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'base' };
    const observed = (replicas: number) => {
      const cache = cacheOf(client);
      fill(cache, { workloadRef }, { replicas });
      const { workloads } = observeWorkloads({ cache, verifier: undefined }, agent, []);
      return workloads.map(({ kind, oddity, templateRevision }) => [kind, oddity, templateRevision]);
    };
    const cart = ['Rollout', 'TemplateElsewhere', ids.b];
    assert.deepEqual(observed(0), [cart]);
    assert.deepEqual(observed(2), [['Deployment', 'TemplateShared', ids.b], cart]);
  });
});
