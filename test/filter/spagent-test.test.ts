import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../hack/tools/tool.ts';
import { spagent } from '../support/cli.ts';

describe('spagent test', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spagent-test-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('runs the bundled filter in a real Envoy: miss, save and hit, with and without a body', async () => {
    const { code, out, note } = await spagent('test', '--envoy', await tool('envoy'));
    assert.equal(code, 0, note);
    const passed = out.split('\n').filter((line) => line.startsWith('✓'));
    assert.equal(passed.length, 8, out);
    assert.match(out, /✓ POST with a body: hit, the recorded answer without upstream/);
    assert.match(out, /SP default\/test configured/);
  });

  it('tries lookup, record and replay of an SpAgent whatever its mode and ports', async () => {
    const file = join(directory, 'agent.yaml');
    const spec = '{selector: {matchLabels: {app: a}}, mode: Record, capture: {ports: [9]}}';
    await writeFile(
      file,
      `apiVersion: softprobe.ai/v1alpha1\nkind: SpAgent\nmetadata: {name: a}\nspec: ${spec}\n`,
    );
    const { code, note } = await spagent('test', '--envoy', await tool('envoy'), '--file', file);
    assert.equal(code, 0, note);
  });
});
