import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { spagent } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/operator.ts';
import {
  awaitApproval,
  countOf,
  ready,
  secondRevision,
  type SecondRevision,
} from '../support/second-revision.ts';

const manual = { canary: [{ pods: 1, bake: '0s', approval: 'Manual' }] };
const commands = [['promote'], ['promote', '--full'], ['abort'], ['pause'], ['resume']] as const;

describe('spagent on a rollout, by the rights of its user', () => {
  let run: SecondRevision;
  let kubeconfig: string;
  before(async () => {
    ({ kubeconfig } = await sharedCluster());
    run = await secondRevision(manual);
    await awaitApproval(run.world);
    await grant('reader', 'get,list');
    await grant('editor', 'get,list,patch');
  });
  after(() => run[Symbol.asyncDispose]());

  /** Lets the user of that name do this with SpAgents of the namespace, and nothing else; waits until it is in force. */
  async function grant(user: string, verbs: string): Promise<void> {
    const where = ['-n', run.world.namespace];
    await kubectl(kubeconfig, ['create', 'role', user, `--verb=${verbs}`, '--resource=spagents', ...where]);
    await kubectl(kubeconfig, ['create', 'rolebinding', user, `--role=${user}`, `--user=${user}`, ...where]);
    for (const verb of verbs.split(',')) {
      const ask = ['auth', 'can-i', verb, 'spagents', '--as', user, ...where];
      await eventually(`the right to ${verb}`, () => kubectl(kubeconfig, ask), patience);
    }
  }

  function as(user: string, ...words: readonly string[]) {
    const [command = '', ...options] = words;
    const where = ['-n', run.world.namespace, '--kubeconfig', kubeconfig, '--as', user];
    return spagent(command, 'checkout', ...options, ...where);
  }

  async function assertRefused(words: readonly string[]): Promise<void> {
    const { code, note } = await as('reader', ...words);
    assert.equal(code, 1);
    assert.match(
      note,
      /User "reader" cannot patch resource "spagents" .*; ask for the right/,
      words.join(' '),
    );
  }

  async function assertDone(...words: string[]): Promise<void> {
    const { code, note } = await as('editor', ...words);
    assert.equal(code, 0, note);
  }

  async function stateOf(state: string): Promise<void> {
    const { status } = run.world;
    const isThere = async () => (await status('checkout')).rollout?.state === state;
    await eventually(`the state ${state}`, isThere, patience);
  }

  it('changes nothing for one who may read SpAgents only, and names the right that is missing', async () => {
    for (const words of commands) await assertRefused(words);
    const { metadata } = await run.world.get('SpAgent', 'checkout');
    assert.doesNotMatch(JSON.stringify(metadata.annotations ?? {}), /promote|abort|pause/);
    assert.equal(await countOf(run.world, run.second), 1);
  });

  it('pauses, resumes, aborts, retries and promotes for one who may patch SpAgents, and nothing else', async () => {
    const { world, first, second } = run;
    await assertDone('pause');
    await stateOf('Paused');
    await assertDone('resume');
    await awaitApproval(world);
    await assertDone('abort');
    await world.condition('checkout', 'Degraded', { status: 'True', reason: 'RolledBack' });
    const isFailed = async () => (await world.status('checkout')).history?.[0]?.outcome === 'Failed';
    await eventually('the failure in the history', isFailed, patience);
    assert.equal(await countOf(world, first), 4);
    await assertRefused(['retry']);
    await assertDone('retry');
    await awaitApproval(world);
    await assertDone('promote');
    await world.condition('checkout', 'Ready', ready);
    assert.equal(await countOf(world, second), 4);
  });
});
