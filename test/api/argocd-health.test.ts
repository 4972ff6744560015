import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { conditionsOf, type Finding, type Findings } from '../../operator/api/conditions.ts';
import { runLua } from '../support/run-lua.ts';

const script = readFileSync(new URL('../../examples/argocd/health.lua', import.meta.url), 'utf8');
const fine = { status: 'True', reason: 'FilterReady', message: '' } as const;

/** Health by the script of an agent of generation 2. */
function healthOf(changed: Partial<Findings>, rollout: object = { state: 'Complete' }, generation = 2) {
  const findings: Findings = {
    FilterReady: fine,
    ResourcesApplied: fine,
    Progressing: { status: 'False', reason: 'RolloutComplete', message: '' },
    Available: { status: 'True', reason: 'Healthy', message: '3 of 3 pods' },
    Degraded: { status: 'False', reason: 'AsExpected', message: '' },
    BackendReachable: { status: 'False', reason: 'BackendUnreachable', message: '' },
    ...changed,
  };
  const conditions = conditionsOf(findings, [], { generation, now: 0 });
  const status = { observedGeneration: generation, conditions, rollout };
  return runLua(script, { obj: { metadata: { generation: 2 }, status } }, ['status', 'message']);
}

const progressing: Finding = { status: 'True', reason: 'Progressing', message: '1 of 3 pods' };

describe('health script for Argo CD', () => {
  it('is Healthy where the agent is Ready, whatever its backend does', () => {
    assert.deepEqual(healthOf({}), ['Healthy', '3 of 3 pods']);
  });

  it('is Progressing during a rollout, before the operator looked, and for an older generation', () => {
    assert.deepEqual(healthOf({ Progressing: progressing }), ['Progressing', '1 of 3 pods']);
    const unseen = { obj: { metadata: { generation: 1 } } };
    assert.equal(runLua(script, unseen, ['status'])[0], 'Progressing');
    assert.equal(healthOf({}, {}, 1)[0], 'Progressing');
  });

  it('is Progressing while the operator tries a registry again that does not answer', () => {
    const failure: Finding = { status: 'False', reason: 'FetchFailed', message: 'no answer' };
    const health = healthOf({ FilterReady: failure, Degraded: { ...failure, status: 'True' } });
    assert.deepEqual(health, ['Progressing', 'no answer']);
  });

  it('is Suspended while somebody has to let the rollout continue', () => {
    const paused = { ...progressing, reason: 'Paused' } as const;
    assert.equal(healthOf({ Progressing: paused }, { state: 'Paused', message: 'paused' })[0], 'Suspended');
    const approval = { state: 'Progressing', approval: 'Required', message: 'a step waits' };
    assert.deepEqual(healthOf({ Progressing: progressing }, approval), ['Suspended', 'a step waits']);
  });

  it('is Degraded where only a change of the spec helps', () => {
    const rolledBack: Finding = { status: 'True', reason: 'RolledBack', message: 'a proxy refused it' };
    assert.deepEqual(healthOf({ Degraded: rolledBack }), ['Degraded', 'a proxy refused it']);
  });
});
