import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from '../../hack/tools/tool.ts';
import { run } from '../../hack/tools/run.ts';
import { spagent } from '../support/cli.ts';
import { filterModule } from '../support/filter-module.ts';

describe('spagent test --write-config', () => {
  let directory: string;
  before(async function () {
    // The first suite of a run compiles the filter.
    this.timeout(120_000);
    await filterModule();
    directory = await mkdtemp(join(tmpdir(), 'spagent-config-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('writes a configuration that Envoy takes as it is, with the module beside it', async () => {
    const folder = join(directory, 'envoy');
    const { code, out, note } = await spagent(
      'test',
      '--module',
      await filterModule(),
      '--write-config',
      folder,
    );
    assert.equal(code, 0, note);
    assert.equal(out, `${join(folder, 'envoy.json')}\n`);
    assert.deepEqual((await readdir(folder)).sort(), ['envoy.json', 'filter.wasm']);
    assert.match(await readFile(join(folder, 'envoy.json'), 'utf8'), /^ {2}"static_resources"/m);
    await run([await tool('envoy'), '--mode', 'validate', '-c', join(folder, 'envoy.json')], {
      timeoutSeconds: 30,
    });
  });

  it('names a directory that cannot be written', async () => {
    const file = await filterModule();
    const { code, note } = await spagent('test', '--module', file, '--write-config', join(file, 'below'));
    assert.deepEqual(
      [code, /^error: --write-config .*not a directory; give a directory/.test(note)],
      [2, true],
      note,
    );
  });
});
