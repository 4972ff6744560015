import assert from 'node:assert/strict';
import { tool } from '../../hack/tools/tool.ts';
import { spagent } from '../support/cli.ts';

describe('spagent test', () => {
  it('runs the bundled filter in a real Envoy: miss, save and hit, with and without a body', async () => {
    const { code, out, note } = await spagent('test', '--envoy', await tool('envoy'));
    assert.equal(code, 0, note);
    const passed = out.split('\n').filter((line) => line.startsWith('✓'));
    assert.equal(passed.length, 8, out);
    assert.match(out, /✓ POST with a body: hit, the recorded answer without upstream/);
    assert.match(out, /SP default\/test configured/);
  });
});
