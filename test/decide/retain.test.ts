import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { Revision } from '../../operator/api/revision.ts';
import { noMemory } from '../../operator/api/rollout-memory.ts';
import type { Workload } from '../../operator/api/workload.ts';
import { renderedRevisions, retainedRevisions } from '../../operator/decide/retain.ts';
import { wantedRevision } from '../../operator/render/revision.ts';
import { podOf } from '../support/rollout.ts';
import { agentOf, artifact, minimalSpec, policy, redactionKey, wholeMesh } from '../support/agent.ts';

const outcome = wantedRevision({
  agent: agentOf(minimalSpec),
  artifact,
  mesh: wholeMesh,
  publicKey: { state: 'NotWanted' },
  policy,
  redactionKey,
});
assert.ok('data' in outcome);
const { data } = outcome;

function revision(number: number, extra: Partial<Revision> = {}): Revision {
  const createdAt = `2026-01-0${number}T00:00:00Z`;
  return {
    id: `r${number}`,
    number,
    data,
    createdAt,
    stableSince: undefined,
    failure: undefined,
    memory: noMemory,
    ...extra,
  };
}

const failure = { reason: 'DeadlineExceeded', message: '', at: '' } as const;

const workload: Workload = {
  kind: 'Deployment',
  name: 'checkout',
  uid: 'w',
  generation: 1,
  isObserved: true,
  desired: 1,
  updated: 1,
  ready: 1,
  total: 1,
  maxUnavailable: 0,
  isPaused: false,
  oddity: undefined,
  lastWriter: undefined,
  templateLabels: {},
  templateRevision: undefined,
  step: undefined,
  isInjected: true,
  foreignManager: undefined,
  editedFields: [],
  retainedRevisions: [],
  agentsOfPods: [],
};

const pod = podOf('checkout-1', { revision: undefined });

function retained(limit: number, parts: { revisions: Revision[]; workloads?: Workload[]; pods?: Pod[] }) {
  const agent = agentOf({ ...minimalSpec, revisionHistoryLimit: limit });
  const snapshot = { workloads: [], pods: [], ...parts, agent };
  return retainedRevisions(snapshot, 'r6').map(({ id }) => id);
}

describe('retain', () => {
  const six = [1, 2, 3, 4, 5, 6].map((number) => revision(number));

  it('keeps the target alone where nothing else is needed and no history is wanted', () => {
    assert.deepEqual(retained(0, { revisions: six }), ['r6']);
  });

  it('renders no revision for the sake of history', () => {
    const revisions = [revision(1, { stableSince: '2026-01-05T00:00:00Z' }), ...six.slice(1)];
    const snapshot = { agent: agentOf(minimalSpec), revisions, workloads: [], pods: [] };
    assert.deepEqual(
      renderedRevisions(snapshot, 'r6').map(({ id }) => id),
      ['r1', 'r6'],
    );
  });

  it('renders a former revision for what is selected now, and leaves the stable one as it is', () => {
    const former = { ...data, matchLabels: { tier: 'web' } };
    const revisions = [
      revision(1, { data: former }),
      revision(2, { data: former, stableSince: '2026-01-05T00:00:00Z' }),
      revision(6),
    ];
    const workloads = [{ ...workload, retainedRevisions: ['r1'] }];
    const snapshot = { agent: agentOf(minimalSpec), revisions, workloads, pods: [] };
    assert.deepEqual(
      renderedRevisions(snapshot, 'r6').map((rendered) => rendered.data.matchLabels),
      [{ app: 'checkout' }, { tier: 'web' }, { app: 'checkout' }],
    );
  });

  it('renders a revision of other expressions only as long as a selected pod runs it', () => {
    const expression = { key: 'tier', operator: 'Exists' } as const;
    const former = { ...data, matchExpressions: [expression] };
    const revisions = [revision(1, { data: former }), revision(6)];
    const workloads = [{ ...workload, retainedRevisions: ['r1'] }];
    const rendered = (pods: Pod[]) =>
      renderedRevisions({ agent: agentOf(minimalSpec), revisions, workloads, pods }, 'r6');
    assert.deepEqual(
      rendered([{ ...pod, revision: 'r1' }]).map(({ id }) => id),
      ['r1', 'r6'],
    );
    assert.deepEqual(
      rendered([]).map(({ id }) => id),
      ['r6'],
    );
    assert.deepEqual(retained(0, { revisions, workloads }), ['r1', 'r6'], 'an undo finds it again');
  });

  it('keeps the newest former revisions up to the limit', () => {
    assert.deepEqual(retained(2, { revisions: six }), ['r4', 'r5', 'r6']);
  });

  it('drops failed revisions before good ones', () => {
    const revisions = [revision(1), revision(2), revision(3, { failure }), revision(6)];
    assert.deepEqual(retained(2, { revisions }), ['r1', 'r2', 'r6']);
  });

  it('keeps the stable revision beyond the limit', () => {
    const revisions = [revision(1, { stableSince: '2026-01-05T00:00:00Z' }), ...six.slice(1)];
    assert.deepEqual(retained(1, { revisions }), ['r1', 'r5', 'r6']);
  });

  it('keeps what pods run, what templates name, what was set last and what an undo may bring back', () => {
    const workloads: Workload[] = [
      {
        ...workload,
        templateRevision: 'r2',
        retainedRevisions: ['r3'],
        step: { revision: 'r4', since: '2026-01-01T00:00:00Z', agentUid: 'u' },
      },
    ];
    const pods = [{ ...pod, revision: 'r1' }];
    const named = ['r1', 'r2', 'r3', 'r4', 'r6'];
    assert.deepEqual(retained(0, { revisions: six, workloads, pods }), named);
    const snapshot = { agent: agentOf(minimalSpec), revisions: six, workloads, pods };
    assert.deepEqual(
      renderedRevisions(snapshot, 'r6').map(({ id }) => id),
      named,
    );
  });
});
