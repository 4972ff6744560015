import assert from 'node:assert/strict';
import type { SpAgent } from '../../operator/api/schema.ts';
import { commandPatch, rolloutCommands } from '../../operator/cli/rollout-commands.ts';
import { agentOf, minimalSpec } from '../support/agent.ts';

const target = 'bbbbbbbbbbbb';
const agentWith = (
  rollout: SpAgent['status']['rollout'],
  outcome: 'Pending' | 'Failed' = 'Pending',
): SpAgent => ({
  ...agentOf(minimalSpec),
  status: {
    targetRevision: target,
    rollout,
    history: [{ revision: target, revisionNumber: 2, digest: 'b', createdAt: '', outcome }],
  },
});
const possible = (agent: SpAgent) =>
  rolloutCommands.filter((command) => commandPatch(agent, command) !== undefined);

describe('what can be asked of a rollout', () => {
  it('depends on where it stands', () => {
    const moving = { state: 'Progressing', message: '', step: 'Canary 1 of 2' };
    assert.deepEqual(possible(agentWith(moving)), ['promote', 'promote-full', 'abort', 'pause']);
    assert.deepEqual(possible(agentWith({ state: 'Paused', message: '' })), [
      'promote-full',
      'abort',
      'resume',
    ]);
    assert.deepEqual(possible(agentWith({ state: 'Complete', message: '' })), []);
    assert.deepEqual(possible(agentWith({ state: 'RolledBack', message: '' }, 'Failed')), ['retry']);
    assert.deepEqual(possible(agentOf(minimalSpec)), []);
  });

  it('names the revision and the step that are shown', () => {
    const patch = commandPatch(agentWith({ state: 'Held', message: '', step: 'Wave 1 of 4' }), 'promote');
    assert.deepEqual(patch, {
      metadata: { annotations: { 'softprobe.ai/promote': `${target}/Wave 1 of 4` } },
    });
  });

  it('resumes also what the spec has paused', () => {
    const agent = agentWith({ state: 'Paused', message: '' });
    const paused = { ...agent, spec: { ...agent.spec, rollout: { ...agent.spec.rollout, paused: true } } };
    assert.deepEqual(commandPatch(paused, 'resume'), {
      metadata: { annotations: { 'softprobe.ai/pause': null } },
      spec: { rollout: { paused: false } },
    });
  });
});
