import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { Action, RolloutProgress } from '../../operator/api/actions.ts';
import { statusSchema } from '../../operator/api/status-schema.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import type { Workload } from '../../operator/api/workload.ts';
import { deriveStatus, type Outcome } from '../../operator/decide/derive-status.ts';
import { firstMemory } from '../../operator/rollout/memory.ts';
import { at, ids, podOf, revisionOf, snapshotOf, start, workloadOf } from '../support/rollout.ts';

const stable = revisionOf(ids.a, { stableSince: at(-50) });
const target = revisionOf(ids.b, { number: 2 });

type Parts = Partial<Omit<Outcome, 'snapshot'>> & { readonly snapshot?: Partial<Snapshot> };

function visit(state: RolloutProgress['state'], parts: Parts = {}): Outcome {
  const goal: Revision = state === 'Complete' ? stable : target;
  const snapshot = snapshotOf({
    revisions: [stable, target],
    workloads: [workloadOf('checkout', { templateRevision: ids.a })],
    owned: [],
  });
  const reason =
    state === 'Complete' ? 'RolloutComplete' : state === 'Held' ? 'LabelTakenOver' : 'Progressing';
  const progress = {
    state,
    reason,
    message: 'as the plan says',
    goal: goal.id,
    since: undefined,
    step: undefined,
  } as const;
  return {
    target: goal,
    conflict: undefined,
    problem: undefined,
    plan: { actions: [], skipped: new Map(), nextLook: undefined, progress },
    ...parts,
    snapshot: { ...snapshot, ...parts.snapshot },
  };
}

const readyOf = (seen: Outcome) => {
  const found = deriveStatus(seen).conditions?.find(({ type }) => type === 'Ready');
  return `${found?.status} ${found?.reason}`;
};

describe('status', () => {
  const cases: Record<string, Outcome> = {
    'True Healthy': visit('Complete'),
    'False Progressing': visit('Progressing'),
    'False LabelTakenOver': visit('Held'),
    'False Building': visit('Waiting', { target: undefined, snapshot: { artifact: { state: 'Pending' } } }),
    'False NotWasm': visit('Waiting', {
      target: undefined,
      snapshot: { artifact: { state: 'Failed', reason: 'NotWasm', message: 'it is text' } },
    }),
    'False FieldConflict': visit('Complete', { problem: { reason: 'FieldConflict', message: 'argocd' } }),
    'False NoPodsSelected': visit('NoWorkloads', { snapshot: { workloads: [] } }),
    'False FilterRejected': visit('Complete', {
      snapshot: {
        verification: 'Required',
        pods: [
          podOf('started-later', {
            verification: { state: 'NotVerified', message: 'no module', cause: 'Refused' },
          }),
        ],
      },
    }),
  };
  for (const [ready, seen] of Object.entries(cases)) {
    it(`says ${ready}`, () => {
      assert.equal(readyOf(seen), ready);
    });
  }

  it('says that requests with a body are not looked up where the delivery cannot hold them', () => {
    const messageOf = (parts: Partial<Revision['data']>) => {
      const data = { ...target.data, reportsRevision: true, wantsBodies: true, ...parts };
      const { conditions } = deriveStatus(visit('Progressing', { target: { ...target, data } }));
      return conditions?.find(({ type }) => type === 'ResourcesApplied')?.message ?? '';
    };
    assert.match(
      messageOf({ delivery: 'WasmPlugin' }),
      /requests with a body .* not looked up, as a WasmPlugin/,
    );
    assert.doesNotMatch(messageOf({ delivery: 'EnvoyFilter' }), /not looked up/);
    assert.doesNotMatch(messageOf({ wantsBodies: false }), /not looked up/);
    assert.doesNotMatch(messageOf({ reportsRevision: false }), /not looked up/);
  });

  it('fits the schema, and stays the same while nothing happens', () => {
    for (const seen of Object.values(cases)) {
      const status = deriveStatus(seen);
      assert.deepEqual(statusSchema.parse(status), status);
      const agent = { ...seen.snapshot.agent, status };
      const later = { ...seen, snapshot: { ...seen.snapshot, agent, now: start + 3_600_000 } };
      assert.deepEqual(deriveStatus(later), status);
    }
  });

  it('shows the step of a rollout with its canary, gates, bake and approval, as far as it has them', () => {
    const gates = [{ name: 'errors', verdict: 'Pass', message: 'few' }] as const;
    const full = { name: 'Canary 1 of 2', canary: { pods: 1, verified: 1 }, bakeUntil: at(60), gates };
    const bare = { name: 'Wave 1 of 2', bakeUntil: undefined, gates: [] };
    const rolloutOf = (step: RolloutProgress['step']) => {
      const seen = visit('Progressing');
      const progress = { ...seen.plan.progress, step };
      return deriveStatus({ ...seen, plan: { ...seen.plan, progress } }).rollout;
    };
    const common = { state: 'Progressing', message: 'as the plan says' };
    assert.deepEqual(rolloutOf({ ...full, needsApproval: true, question: undefined }), {
      ...common,
      step: 'Canary 1 of 2',
      canary: { pods: 1, verified: 1 },
      bakeUntil: at(60),
      approval: 'Required',
      gates: [...gates],
    });
    assert.deepEqual(rolloutOf({ ...bare, question: undefined }), { ...common, step: 'Wave 1 of 2' });
  });

  it('shows revisions as the marks of the same run leave them, unless an action of it failed', () => {
    const failure = { reason: 'FilterRejected', message: 'it traps', at: at(0) } as const;
    const { plan } = visit('RolledBack');
    const revisionId = ids.b;
    const failed = { kind: 'MarkFailed', revisionId, failure } as const;
    const stableNow = { kind: 'MarkStable', revisionId, since: at(0) } as const;
    const seen = (mark: Action, snapshot: Partial<Snapshot> = {}) => {
      const parts = { target, plan: { ...plan, actions: [mark] }, snapshot };
      const { stableRevision, history = [] } = deriveStatus(visit('RolledBack', parts));
      return [stableRevision, ...history.map(({ outcome }) => outcome)];
    };
    assert.deepEqual(seen(failed), [ids.a, 'Failed', 'Stable']);
    assert.deepEqual(seen(stableNow), [ids.b, 'Stable', 'Superseded']);
    const problem = { reason: 'ApplyFailed', message: 'refused' } as const;
    assert.deepEqual(seen(failed, { failure: problem }), [ids.a, 'Pending', 'Stable']);
  });

  it('keeps the module that runs while another one is fetched', () => {
    const { agent } = snapshotOf();
    const filterOf = (status: typeof agent.status) =>
      deriveStatus(
        visit('Progressing', { snapshot: { agent: { ...agent, status }, artifact: { state: 'Pending' } } }),
      );
    const filter = deriveStatus(visit('Complete')).filter;
    assert.ok(filter);
    assert.deepEqual(filterOf({ filter }).filter, filter);
    assert.ok(!('filter' in filterOf({})));
  });

  it('counts per workload the pods whose proxies are verified, and those that have loaded the module', () => {
    const loaded = { state: 'Loaded', message: 'loaded' } as const;
    const pods = [
      podOf('p'),
      podOf('q', { verification: loaded }),
      podOf('r', { verification: { state: 'Unknown', message: 'not asked' } }),
      podOf('s', { revision: ids.b }),
      podOf('t', { workload: 'Deployment/other' }),
    ];
    const countsOf = (snapshot: Partial<Snapshot>) => {
      const [workload] = deriveStatus(visit('Complete', { snapshot })).workloads ?? [];
      return [workload?.verified, workload?.loaded];
    };
    assert.deepEqual(countsOf({ pods, verification: 'Required' }), [1, 1]);
    assert.deepEqual(countsOf({ pods, verification: 'Off' }), [3, 1]);
    assert.deepEqual(countsOf({ pods: pods.slice(0, 1), verification: 'Required' }), [1, undefined]);
  });

  it('is Available where each workload runs the stable revision with all its pods', () => {
    const availableWith = (parts: Partial<Workload>) => {
      const workloads = [workloadOf('checkout', { templateRevision: ids.a, ...parts })];
      const found = deriveStatus(visit('Complete', { snapshot: { workloads } }));
      return found.conditions?.find(({ type }) => type === 'Available')?.status;
    };
    assert.equal(availableWith({}), 'True');
    assert.equal(availableWith({ templateRevision: ids.b }), 'False');
    assert.equal(availableWith({ ready: 2 }), 'False');
  });

  it('is Available after an update without a restart where each pod has the revision and is ready', () => {
    const workload = workloadOf('checkout', { templateRevision: ids.b });
    const memory = {
      workloads: { [workload.uid]: { ...firstMemory(ids.a, at(-60), 0), isLive: true as const } },
    };
    const revisions = [{ ...stable, memory }, target];
    const availableOf = (snapshot: Partial<Snapshot>) => {
      const found = deriveStatus(
        visit('Complete', { snapshot: { revisions, workloads: [workload], ...snapshot } }),
      );
      return found.conditions?.find(({ type }) => type === 'Available')?.status;
    };
    const availableWith = (...pods: Pod[]) => availableOf({ pods });
    assert.equal(availableWith(podOf('p'), podOf('q')), 'True');
    assert.equal(availableOf({ workloads: [{ ...workload, ready: 0, total: 0 }], pods: [] }), 'False');
    assert.equal(availableWith(podOf('p'), podOf('q', { isReady: false })), 'False');
    assert.equal(availableWith(podOf('p'), podOf('q', { revision: ids.b })), 'False');
  });

  it('does not know whether resources are applied before there are any', () => {
    const seen = visit('Waiting', { target: undefined, snapshot: { artifact: { state: 'Pending' } } });
    const found = deriveStatus(seen).conditions?.find(({ type }) => type === 'ResourcesApplied');
    assert.deepEqual([found?.status, found?.reason], ['Unknown', 'Building']);
  });

  it('is Degraded while the module of the spec cannot be had, though another one runs', () => {
    const artifact = { state: 'Failed', reason: 'NotWasm', message: 'it is text' } as const;
    const found = deriveStatus(visit('Waiting', { target: undefined, snapshot: { artifact } }));
    const degraded = found.conditions?.find(({ type }) => type === 'Degraded');
    assert.deepEqual([degraded?.status, degraded?.reason], ['True', 'NotWasm']);
  });

  it('counts pods that are ready, and verified where that is required', () => {
    const pod = podOf('p', { verification: { state: 'Unknown', message: 'not asked' } });
    const pods: Pod[] = [
      pod,
      { ...pod, name: 'q', verification: { state: 'Verified' } },
      { ...pod, name: 'r', isReady: false },
      { ...pod, name: 's', revision: ids.b },
    ];
    assert.equal(deriveStatus(visit('Complete', { snapshot: { pods } })).pods, '2/3');
    assert.equal(
      deriveStatus(visit('Complete', { snapshot: { pods, verification: 'Required' } })).pods,
      '1/3',
    );
  });
});
