import assert from 'node:assert/strict';
import { conditionsOf, readyOf, type Finding, type Findings } from '../../operator/api/conditions.ts';

function finding(status: Finding['status'], reason: Finding['reason'], message = ''): Finding {
  return { status, reason, message };
}

const healthy: Findings = {
  FilterReady: finding('True', 'FilterReady'),
  ResourcesApplied: finding('True', 'ResourcesApplied'),
  Progressing: finding('False', 'RolloutComplete'),
  Available: finding('True', 'Healthy', '3 of 3 pods'),
  Degraded: finding('False', 'AsExpected'),
  BackendReachable: finding('False', 'BackendUnreachable'),
};

describe('conditions', () => {
  it('are ready with the reason of Available where nothing is in the way', () => {
    assert.deepEqual(readyOf(healthy), finding('True', 'Healthy', '3 of 3 pods'));
  });

  const obstacles: Record<string, [Partial<Findings>, Finding]> = {
    'a failed build': [
      { FilterReady: finding('False', 'CompileFailed', 'line 1') },
      finding('False', 'CompileFailed', 'line 1'),
    ],
    'a build in progress': [{ FilterReady: finding('Unknown', 'Building') }, finding('Unknown', 'Building')],
    'Istio missing': [
      { ResourcesApplied: finding('False', 'IstioMissing') },
      finding('False', 'IstioMissing'),
    ],
    'a rollout in progress': [
      { Progressing: finding('True', 'Progressing') },
      finding('False', 'Progressing'),
    ],
    'no stable revision': [
      { Available: finding('False', 'NoStableRevision') },
      finding('False', 'NoStableRevision'),
    ],
    'a failure before all else': [
      {
        Degraded: finding('True', 'RolledBack'),
        Progressing: finding('True', 'RollingBack'),
        Available: finding('False', 'NoStableRevision'),
      },
      finding('False', 'RolledBack'),
    ],
  };
  for (const [what, [change, expected]] of Object.entries(obstacles)) {
    it(`are not ready, and say why, with ${what}`, () => {
      assert.deepEqual(readyOf({ ...healthy, ...change }), expected);
    });
  }

  const summaries: Record<string, [Partial<Findings>, readonly string[]]> = {
    'nothing in the way': [{}, ['Ready']],
    'a rollout in progress': [{ Progressing: finding('True', 'Progressing') }, ['Reconciling']],
    'a registry that does not answer': [
      { Degraded: finding('True', 'FetchFailed'), FilterReady: finding('False', 'FetchFailed') },
      ['Reconciling'],
    ],
    'what the operator cannot see': [{ Available: finding('Unknown', 'ProxySilent') }, ['Reconciling']],
    'a revision that failed': [{ Degraded: finding('True', 'RolledBack') }, ['Stalled']],
    'a source that does not compile': [
      { Degraded: finding('True', 'CompileFailed'), Progressing: finding('True', 'Progressing') },
      ['Stalled'],
    ],
  };
  for (const [what, [change, expected]] of Object.entries(summaries)) {
    it(`have one of Ready, Reconciling and Stalled, with ${what}`, () => {
      const conditions = conditionsOf({ ...healthy, ...change }, [], { generation: 1, now: 0 });
      const isTrue = conditions.filter(({ status }) => status === 'True').map(({ type }) => type);
      assert.deepEqual(
        isTrue.filter((type) => ['Ready', 'Reconciling', 'Stalled'].includes(type)),
        expected,
      );
    });
  }

  const first = { generation: 1, now: Date.UTC(2026, 0, 1) + 999 };
  const later = { generation: 2, now: Date.UTC(2026, 0, 2) };

  it('stand all in the status, each with the generation that was looked at', () => {
    const conditions = conditionsOf(healthy, [], first);
    assert.deepEqual(
      conditions.map(({ type }) => type),
      [
        'FilterReady',
        'ResourcesApplied',
        'Progressing',
        'Available',
        'Degraded',
        'BackendReachable',
        'Reconciling',
        'Stalled',
        'Ready',
      ],
    );
    assert.ok(conditions.every(({ observedGeneration }) => observedGeneration === 1));
  });

  it('move their time with their status alone', () => {
    const before = conditionsOf(healthy, [], first);
    const changed = {
      ...healthy,
      Progressing: finding('True', 'Progressing'),
      Available: finding('True', 'Paused'),
    };
    const times = Object.fromEntries(
      conditionsOf(changed, before, later).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
    assert.deepEqual(times, {
      BackendReachable: '2026-01-01T00:00:00Z',
      FilterReady: '2026-01-01T00:00:00Z',
      ResourcesApplied: '2026-01-01T00:00:00Z',
      Progressing: '2026-01-02T00:00:00Z',
      Available: '2026-01-01T00:00:00Z',
      Degraded: '2026-01-01T00:00:00Z',
      Reconciling: '2026-01-02T00:00:00Z',
      Stalled: '2026-01-01T00:00:00Z',
      Ready: '2026-01-02T00:00:00Z',
    });
  });

  it('are the same where nothing happened', () => {
    const before = conditionsOf(healthy, [], first);
    assert.deepEqual(conditionsOf(healthy, before, { ...later, generation: 1 }), before);
  });
});
