import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleCommandLine } from '../../hack/bundle/package-code.ts';
import { sharedCluster } from '../support/cluster.ts';
import { startWorld } from '../support/operator.ts';

describe('spagent as one file, against a real API server', () => {
  it('shows and checks an agent', async () => {
    const cluster = await sharedCluster();
    const directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    try {
      const program = join(directory, 'spagent.mjs');
      await bundleCommandLine(program);
      await using world = await startWorld(cluster);
      await world.createDeployment('checkout');
      await world.createAgent('checkout');
      await world.condition('checkout', 'Ready', { status: 'True' });
      const spagent = (...words: string[]) =>
        promisify(execFile)(process.execPath, [
          program,
          ...words,
          ...['--kubeconfig', cluster.kubeconfig, '-n', world.namespace],
        ]);
      assert.match((await spagent('status')).stdout, /checkout +True +Healthy +2\/2/);
      assert.match((await spagent('status', 'checkout')).stdout, /└─ Deployment\/checkout +2 verified/);
      await assert.rejects(spagent('doctor'), /problems? found/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
