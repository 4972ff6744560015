import assert from 'node:assert/strict';
import { terminalFailure } from '../../operator/cli/terminal-failure.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

const degraded = (reason: string, change: object = {}) => {
  const agent = agentOf(minimalSpec);
  const condition = {
    type: 'Degraded',
    status: 'True' as const,
    reason,
    message: 'as reported',
    lastTransitionTime: '2026-01-02T04:58:00Z',
    observedGeneration: agent.generation,
  };
  return { ...agent, status: { conditions: [{ ...condition, ...change }] } };
};

describe('terminalFailure', () => {
  it('is what only a change of the spec can repair', () => {
    assert.equal(terminalFailure(degraded('RolledBack'))?.message, 'as reported');
    assert.equal(terminalFailure(degraded('DigestMismatch'))?.message, 'as reported');
  });

  it('is not what the operator tries again', () => {
    assert.equal(terminalFailure(degraded('FetchFailed')), undefined);
    assert.equal(terminalFailure(degraded('CompileLimitExceeded')), undefined);
  });

  it('is not a condition of an earlier spec, or one that is over', () => {
    assert.equal(terminalFailure(degraded('RolledBack', { observedGeneration: 0 })), undefined);
    assert.equal(terminalFailure(degraded('RolledBack', { status: 'False' })), undefined);
    assert.equal(terminalFailure(degraded('RolledBack', { type: 'Progressing' })), undefined);
  });
});
