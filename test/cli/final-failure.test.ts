import assert from 'node:assert/strict';
import { finalFailure } from '../../operator/cli/final-failure.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

const degraded = (reason: string, change: object = {}) => {
  const agent = agentOf(minimalSpec);
  const condition = {
    type: 'Degraded',
    status: 'True' as const,
    reason,
    message: 'as told',
    lastTransitionTime: '2026-01-02T04:58:00Z',
    observedGeneration: agent.generation,
  };
  return { ...agent, status: { conditions: [{ ...condition, ...change }] } };
};

describe('finalFailure', () => {
  it('is what only a change of the spec can mend', () => {
    assert.equal(finalFailure(degraded('RolledBack'))?.message, 'as told');
    assert.equal(finalFailure(degraded('DigestMismatch'))?.message, 'as told');
  });

  it('is not what the operator tries again', () => {
    assert.equal(finalFailure(degraded('FetchFailed')), undefined);
    assert.equal(finalFailure(degraded('CompileLimitExceeded')), undefined);
  });

  it('is not what was said of a former spec, or is over', () => {
    assert.equal(finalFailure(degraded('RolledBack', { observedGeneration: 0 })), undefined);
    assert.equal(finalFailure(degraded('RolledBack', { status: 'False' })), undefined);
    assert.equal(finalFailure(degraded('RolledBack', { type: 'Progressing' })), undefined);
  });
});
