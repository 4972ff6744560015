import assert from 'node:assert/strict';
import type { RolloutProgress } from '../../operator/api/actions.ts';
import { statusSchema } from '../../operator/api/status-schema.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import { statusOf, type Visit } from '../../operator/decide/derive-status.ts';
import { agentOf, artifact, minimalSpec, wholeMesh } from '../support/agent.ts';
import { at, ids, revisionOf, start, workloadOf } from '../support/rollout.ts';

const stable = revisionOf(ids.a, { stableSince: at(-50) });
const target = revisionOf(ids.b, { number: 2 });

type Parts = Partial<Omit<Visit, 'snapshot'>> & { readonly snapshot?: Partial<Snapshot> };

function visit(state: RolloutProgress['state'], parts: Parts = {}): Visit {
  const goal: Revision = state === 'Complete' ? stable : target;
  const snapshot: Snapshot = {
    now: start,
    secondsInSync: 86_400,
    agent: agentOf(minimalSpec),
    source: { isWatched: true, isOurs: true },
    artifact: { state: 'Ready', artifact },
    publicKey: { state: 'NotWanted' },
    configuration: { state: 'Unchecked' },
    mesh: wholeMesh,
    revisions: [stable, target],
    workloads: [workloadOf('checkout', { templateRevision: ids.a })],
    pods: [],
    owned: [],
    conflict: undefined,
    verification: 'Off',
  };
  const reason =
    state === 'Complete' ? 'RolloutComplete' : state === 'Held' ? 'LabelTakenOver' : 'Progressing';
  const progress = { state, reason, message: 'as the plan says', goal: goal.id, since: undefined } as const;
  return {
    target: goal,
    problem: undefined,
    plan: { actions: [], requeueSeconds: undefined, progress },
    ...parts,
    snapshot: { ...snapshot, ...parts.snapshot },
  };
}

const readyOf = (seen: Visit) => {
  const found = statusOf(seen).conditions?.find(({ type }) => type === 'Ready');
  return `${found?.status} ${found?.reason}`;
};

describe('status', () => {
  const cases: Record<string, Visit> = {
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
          {
            name: 'started-later',
            workload: 'Deployment/checkout',
            revision: ids.a,
            isReady: true,
            readySince: start,
            refetchedAt: undefined,
            verification: { state: 'NotVerified', message: 'no module', cause: 'Refused' },
            askedAt: start,
          },
        ],
      },
    }),
  };
  for (const [ready, seen] of Object.entries(cases)) {
    it(`says ${ready}`, () => {
      assert.equal(readyOf(seen), ready);
    });
  }

  it('fits the schema, and stays the same while nothing happens', () => {
    for (const seen of Object.values(cases)) {
      const status = statusOf(seen);
      assert.deepEqual(statusSchema.parse(status), status);
      const agent = { ...seen.snapshot.agent, status };
      const later = { ...seen, snapshot: { ...seen.snapshot, agent, now: start + 3_600_000 } };
      assert.deepEqual(statusOf(later), status);
    }
  });

  it('counts pods that are ready, and verified where that is required', () => {
    const pod = {
      name: 'p',
      workload: 'Deployment/checkout',
      revision: ids.a,
      isReady: true,
      readySince: start,
      refetchedAt: undefined,
      verification: { state: 'Unknown', message: 'not asked' },
      askedAt: undefined,
    } as const;
    const pods = [
      pod,
      { ...pod, name: 'q', verification: { state: 'Verified' } },
      { ...pod, name: 'r', isReady: false },
      { ...pod, name: 's', revision: ids.b },
    ] as const;
    assert.equal(statusOf(visit('Complete', { snapshot: { pods } })).pods, '2/3');
    assert.equal(statusOf(visit('Complete', { snapshot: { pods, verification: 'Required' } })).pods, '1/3');
  });
});
