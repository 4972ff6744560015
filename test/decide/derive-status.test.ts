import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { RolloutProgress } from '../../operator/api/actions.ts';
import { statusSchema } from '../../operator/api/status-schema.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { deriveStatus, type Outcome } from '../../operator/decide/derive-status.ts';
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
