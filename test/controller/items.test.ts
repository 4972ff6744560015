import assert from 'node:assert/strict';
import { statusOf } from '../../operator/controller/marks.ts';
import { revisionObject } from '../../operator/controller/revision-object.ts';
import { trimRevision, trimPod, trimWorkload } from '../../operator/controller/items.ts';
import { stepAnnotation } from '../../operator/api/names.ts';
import { revisionId } from '../../operator/render/revision.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { ids, revisionOf } from '../support/rollout.ts';

const meta = {
  namespace: 'shop',
  name: 'checkout',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  generation: 3,
};
const label = 'revision.softprobe.ai/checkout';
const owning = (manager: string) => ({
  manager,
  fieldsV1: { 'f:spec': { 'f:template': { 'f:metadata': { 'f:labels': { [`f:${label}`]: {} } } } } },
});
const workload = (parts: object, metadata: object = {}) => ({
  metadata: { ...meta, ...metadata },
  spec: { template: { metadata: { labels: { app: 'checkout' } } }, ...parts },
  status: { observedGeneration: 3, replicas: 4, updatedReplicas: 2, readyReplicas: 3 },
});

describe('trim', () => {
  it('knows since when a pod is ready', () => {
    const pod = (status: string) =>
      trimPod({
        metadata: meta,
        status: { conditions: [{ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:10Z' }] },
      } as never);
    const { isReady, readySince } = pod('True');
    assert.deepEqual({ isReady, readySince }, { isReady: true, readySince: Date.UTC(2026, 0, 1, 0, 0, 10) });
    assert.equal(pod('False').readySince, undefined);
  });

  it('counts a Deployment’s pods, one if it says no number', () => {
    const { desired, updated, ready, total, isObserved, isPaused } = trimWorkload('Deployment', workload({}));
    assert.deepEqual(
      { desired, updated, ready, total, isObserved, isPaused },
      { desired: 1, updated: 2, ready: 3, total: 4, isObserved: true, isPaused: false },
    );
  });

  it('counts a DaemonSet’s pods from its status', () => {
    const status = {
      observedGeneration: 2,
      desiredNumberScheduled: 5,
      updatedNumberScheduled: 4,
      numberReady: 3,
      currentNumberScheduled: 2,
    };
    const { desired, updated, ready, total, isObserved } = trimWorkload('DaemonSet', {
      ...workload({}),
      status,
    } as never);
    assert.deepEqual(
      { desired, updated, ready, total, isObserved },
      { desired: 5, updated: 4, ready: 3, total: 2, isObserved: false },
    );
  });

  it('takes a Deployment with spec.paused for paused', () => {
    assert.equal(trimWorkload('Deployment', workload({ paused: true })).isPaused, true);
  });

  it('knows who wrote the template last, unless it was the operator', () => {
    const written = (manager: string, time: string) => ({ ...owning(manager), time });
    const last = (...managedFields: object[]) =>
      trimWorkload('Deployment', workload({}, { managedFields })).lastWriter;
    assert.equal(
      last(written('helm', '2026-01-01T00:00:02Z'), written('sp-agent', '2026-01-01T00:00:01Z')),
      'helm',
    );
    assert.equal(
      last(written('helm', '2026-01-01T00:00:01Z'), written('sp-agent', '2026-01-01T00:00:02Z')),
      undefined,
    );
    assert.equal(last({ manager: 'hpa', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }), undefined);
  });

  it('knows who took a label over, unless we own it too', () => {
    const foreign = (managedFields: object) =>
      trimWorkload('Deployment', workload({}, { managedFields })).foreignManagers;
    assert.deepEqual(foreign([owning('argocd')]), { checkout: 'argocd' });
    assert.deepEqual(foreign([owning('argocd'), owning('sp-agent')]), {});
    assert.deepEqual(foreign([{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }]), {});
  });

  it('knows whether a label belongs to an edit, or to what another manager applies, also where we own it too', () => {
    const owners = (...managedFields: object[]) => {
      const { foreignManagers, editedLabels } = trimWorkload('Deployment', workload({}, { managedFields }));
      return { foreignManagers, editedLabels };
    };
    const edit = { ...owning('kubectl-patch'), operation: 'Update' };
    const apply = { ...owning('argocd'), operation: 'Apply' };
    const ours = { ...owning('sp-agent'), operation: 'Apply' };
    const edited = { foreignManagers: { checkout: 'kubectl-patch' }, editedLabels: ['checkout'] };
    const applied = { foreignManagers: { checkout: 'argocd' }, editedLabels: [] };
    assert.deepEqual(owners(edit), edited);
    assert.deepEqual(owners(edit, ours), { foreignManagers: {}, editedLabels: ['checkout'] });
    for (const all of [[apply], [apply, ours], [apply, edit], [edit, apply]])
      assert.deepEqual(owners(...all), applied);
    assert.deepEqual(owners(ours), { foreignManagers: {}, editedLabels: [] });
  });

  it('knows which steps and keys of proxies belong to an edit', () => {
    const proxy = 'k:{"name":"istio-proxy"}';
    const env = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, { '.': {} }]));
    const fields = {
      'f:metadata': { 'f:annotations': { [`f:${stepAnnotation('checkout')}`]: {}, 'f:team': {} } },
      'f:spec': {
        'f:template': {
          'f:spec': { 'f:containers': { [proxy]: { 'f:env': env('SP_PUBLIC_KEY', 'HOME') } } },
        },
      },
    };
    const edits = (manager: string, operation: string) => {
      const managedFields = [{ manager, operation, fieldsV1: fields }];
      const { editedSteps, areKeysEdited } = trimWorkload('Deployment', workload({}, { managedFields }));
      return { editedSteps, areKeysEdited };
    };
    assert.deepEqual(edits('kubectl-rollout', 'Update'), { editedSteps: ['checkout'], areKeysEdited: true });
    for (const [manager, operation] of [
      ['argocd', 'Apply'],
      ['sp-agent', 'Apply'],
    ] as const)
      assert.deepEqual(edits(manager, operation), { editedSteps: [], areKeysEdited: false });
  });

  it('takes a pod for started once its kubelet reports a container that runs or has run', () => {
    const started = (status: object) => trimPod({ metadata: meta, status } as never).hasStarted;
    const waiting = { state: { waiting: { reason: 'ContainerCreating' } }, restartCount: 0 };
    assert.ok(!started({}));
    assert.ok(!started({ initContainerStatuses: [waiting], containerStatuses: [waiting, waiting] }));
    for (const one of [
      { state: { running: {} } },
      { state: { terminated: {} } },
      { ...waiting, restartCount: 1 },
    ]) {
      assert.ok(started({ containerStatuses: [waiting, one] }));
      assert.ok(started({ initContainerStatuses: [one] }));
    }
  });

  it('reads its own step, and none where another hand spoilt it', () => {
    const steps = (text: string) =>
      trimWorkload('Deployment', workload({}, { annotations: { 'step.softprobe.ai/checkout': text } })).steps;
    const step = { revision: ids.a, since: '2026-01-01T00:00:00.000Z', agentUid: 'u' };
    assert.deepEqual(steps(JSON.stringify(step)), { checkout: step });
    for (const text of ['', '{', '[]', '{"revision":1,"since":"x"}', '{"revision":null}', 'null']) {
      assert.deepEqual(steps(text), {}, text);
    }
  });

  it('reads back the revision that was written', () => {
    const agent = agentOf(minimalSpec);
    const { data } = revisionOf(ids.a);
    const failure = {
      reason: 'FilterRejected',
      message: 'no',
      at: '2026-01-01T00:00:00Z',
    } as const;
    const revision = revisionOf(revisionId(data), {
      stableSince: '2026-01-02T00:00:00Z',
      failure,
      number: 7,
    });
    const written = revisionObject(agent, revision, agent.spec);
    const object = JSON.parse(
      JSON.stringify({
        ...written,
        metadata: {
          ...written.metadata,
          uid: 'r',
          resourceVersion: '1',
          creationTimestamp: revision.createdAt,
        },
        status: statusOf([
          { kind: 'MarkStable', revisionId: revision.id, since: '2026-01-02T00:00:00Z' },
          { kind: 'MarkFailed', revisionId: revision.id, failure },
        ]),
      }),
    ) as Parameters<typeof trimRevision>[0];
    const item = trimRevision(object);
    assert.equal(item.ownerUid, agent.uid);
    assert.deepEqual(JSON.parse(JSON.stringify(item.revision)), JSON.parse(JSON.stringify(revision)));
  });
});
