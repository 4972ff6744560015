import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writePackage } from '../../hack/bundle/write-package.ts';
import { tool } from '../../hack/tools/tool.ts';

describe('the package spagent', () => {
  it('builds the bundled filter and runs it in a real Envoy, outside a checkout', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'package-'));
    try {
      const program = await writePackage(join(directory, 'spagent'));
      const words = [program, 'test', '--envoy', await tool('envoy')];
      const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: directory });
      assert.match(stdout, /✓ POST with a body: hit, the recorded answer without upstream/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
