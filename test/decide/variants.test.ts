import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Action } from '../../operator/api/actions.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import type { Source } from '../../operator/artifact/sources/source.ts';
import { sourceOf } from '../../operator/artifact/sources/sources.ts';
import { decide } from '../../operator/decide/decide.ts';
import { selectsPod } from '../../operator/render/targets/sidecars.ts';
import type { WorkloadKind } from '../../operator/workloads/kind.ts';
import { readWorkload } from '../../operator/workloads/read-workload.ts';
import { restartPatch } from '../../operator/workloads/template-patch.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';
import { snapshotOf, workloadOf } from '../support/rollout.ts';
import { afterRuns } from '../support/after-runs.ts';

/** What a new file in operator/workloads/ would have. */
const cloneSet: WorkloadKind = {
  apiVersion: 'apps.kruise.io/v1alpha1',
  plural: 'clonesets',
  mergesContainers: true,
  count: ({ spec, status }) => ({
    desired: spec.replicas ?? 1,
    updated: Number(status?.['updatedPods'] ?? 0),
    ready: Number(status?.['readyPods'] ?? 0),
    total: Number(status?.['pods'] ?? 0),
  }),
  maxUnavailable: () => 1,
  oddity: () => undefined,
  isPaused: ({ status }) => status?.['pauseRequested'] === true,
};

/** What a new file in operator/artifact/sources/ would have. */
const registry: Source = {
  name: 'registry',
  field: 'spec.filter.image',
  isWatched: false,
  isOurs: false,
  hasSignatures: false,
  recheckSeconds: 60,
  isWanted: () => true,
  describe: () => 'image registry.example.com/filter:1',
  subject: () => 'spec.filter.image',
  resolve: () =>
    Promise.resolve({
      key: hash('sha1', 'image'),
      make: () => Promise.reject(new Error('not loaded here')),
    }),
};

const object = (counts: object) => ({
  metadata: { generation: 1 },
  spec: { replicas: 2, template: { metadata: { labels: { app: 'checkout' } } } },
  status: { observedGeneration: 1, ...counts },
});
const agent = agentOf(minimalSpec);

function observed(counts: object, parts: Partial<Snapshot> = {}): Snapshot {
  const state = readWorkload(cloneSet, object(counts));
  assert.ok(selectsPod(agent.spec.selector, state.templateLabels));
  return snapshotOf({ workloads: [workloadOf('cart', { kind: 'CloneSet', ...state })], owned: [], ...parts });
}

function labelled(actions: readonly Action[]) {
  return actions.find((action) => action.kind === 'SetWorkloadRevision');
}

describe('a new variant', () => {
  const rolledOut = { updatedPods: 2, readyPods: 2, pods: 2 };

  it('of workload is rolled out like the others, knowing its own file alone', () => {
    const { actions } = afterRuns(observed(rolledOut), 3);
    const step = labelled(actions);
    assert.equal(step?.workload.kind, 'CloneSet');
    const { apiVersion } = cloneSet;
    const workload = { apiVersion, kind: 'CloneSet', name: 'cart' };
    const patch = restartPatch({
      agent,
      workload,
      step: step.step,
      publicKey: undefined,
      hasRedactionKey: false,
    });
    assert.equal(patch.apiVersion, 'apps.kruise.io/v1alpha1');
  });

  it('of workload is waited for by its own counts', () => {
    const { snapshot } = afterRuns(observed(rolledOut), 3);
    const [workload] = snapshot.workloads;
    assert.ok(workload);
    const rolling = readWorkload(cloneSet, object({ updatedPods: 1, readyPods: 2, pods: 3 }));
    const { status, actions } = decide({ ...snapshot, workloads: [{ ...workload, ...rolling }] });
    assert.match(status?.rollout?.message ?? '', /CloneSet shop\/cart: 1 of 2 pods have revision/);
    assert.deepEqual(actions.flat(), []);
  });

  it('of source needs no check of its configuration, and is looked at again', () => {
    const source = sourceOf(agent.spec.filter, [registry]);
    assert.equal(source, registry);
    const { actions, nextLook } = decide(observed(rolledOut, { source }));
    assert.deepEqual(
      actions.flat().filter(({ kind }) => kind === 'CheckConfiguration'),
      [],
    );
    assert.equal(nextLook, 30);
  });
});
