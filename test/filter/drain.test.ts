import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { filterModule } from '../support/filter-module.ts';

const never = 600_000;
const listening = (agent: string) => ({
  main: { configuration: { agent, lookup: { enabled: false }, save: { flushMs: never } } },
});

const options = { listeners: listening('one'), replaceable: true, node: { id: 'proxy', cluster: 'test' } };

describeInEnvoy('A configuration that is replaced', options, (fixture) => {
  it('sends its last recordings before it goes', async () => {
    const { send, replace, saves, saved } = fixture();
    const path = freshPath();
    await send('main', path);
    assert.equal(saves(path).length, 0);
    await replace(listening('two'));
    assert.equal((await saved(path)).attributes.get('http.response.body'), 'upstream');
    assert.equal(saves(path).length, 1);
  });

  it('leaves nothing in the gauges when Envoy takes its virtual machine away with calls in progress', async () => {
    const { send, replace, metric } = fixture();
    await replace(listening('three'));
    // The draining one reports them, as no tick comes; the machine stays.
    await eventually('the gauges', async () => (await metric('linear_memory_bytes')) > 0);
    await using directory = await temporaryDirectory();
    const module = join(directory.path, 'other.wasm');
    await writeFile(module, Buffer.concat([await readFile(await filterModule()), customSection('other')]));
    await send('main', freshPath());
    await replace(listening('four'), module);
    await eventually('its part to go', async () => (await metric('linear_memory_bytes')) === 0);
    assert.equal(await metric('memory_bytes'), 0);
  });
});

/** Makes a module another one that does the same. */
function customSection(name: string): Buffer {
  return Buffer.concat([Buffer.from([0, name.length + 1, name.length]), Buffer.from(name)]);
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sp-agent-module-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
