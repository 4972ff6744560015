import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { once } from 'node:events';
import { tool } from '../../hack/tools/tool.ts';
import { blocksRunBy } from '../support/doc-blocks.ts';
import { startDocShell, type DocShell } from '../support/doc-shell.ts';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/operator.ts';

/** The page's server, Envoy, and the backend's page. */
const ports = [8080, 8788, 8787];

async function isFree(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

/** What each page promises of the output of its commands. */
const promises: Readonly<Record<string, (output: string) => void>> = {
  'docs/first-hit.md': (output) => {
    assert.match(output, /✓ POST with a body: hit, the recorded answer without upstream/);
    // The second one comes when the server is gone.
    assert.deepEqual(output.match(/^answer \d+$/gm), ['answer 1', 'answer 1'], output);
    assert.match(output, /^x-softprobe-replayed: \S+/m);
  },
  'docs/laptop.md': (output) => assert.match(output, /"iban": ?"\[redacted/),
  'docs/redaction.md': (output) => {
    const [, recorded = ''] = output.split(/^recorded /m);
    assert.match(recorded, /"amount": ?3/);
    assert.match(recorded, /\[redacted/);
    assert.doesNotMatch(recorded, /ann@|CH93/);
  },
};

for (const [page, check] of Object.entries(promises)) {
  describe(`the commands of ${page}`, function () {
    this.timeout(3 * patience);
    let shell: DocShell;
    let output = '';

    before(async () => {
      shell = await startDocShell({ programs: [dirname(await tool('envoy'))] });
      for (const port of ports) await eventually(`port ${port} to be free`, () => isFree(port), patience);
    });
    after(() => shell[Symbol.asyncDispose]());

    for (const { place, text } of blocksRunBy(import.meta.filename, page)) {
      it(`${place} run`, async () => {
        output += await shell.run(text);
      });
    }

    it('show what the page promises', () => check(output));
  });
}
