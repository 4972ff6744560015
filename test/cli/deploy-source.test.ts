import assert from 'node:assert/strict';
import { loadAll } from 'js-yaml';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spagent } from '../support/cli.ts';

describe('spagent deploy --source', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'spagent-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const deploy = (...words: string[]) =>
    spagent('deploy', 'checkout', '-l', 'app=checkout', '--dry-run', '--source', directory, ...words);

  it('puts the source into a ConfigMap of the agent, and builds that with the configuration', async () => {
    await write('index.ts', '// entry');
    await mkdir(join(directory, 'parts', '.hidden'), { recursive: true });
    await write('parts/rules.ts', '// rules');
    await write('parts/.hidden/other.ts', '');
    await write('config.json', '{"name": "x-team"}');
    const { code, out, note } = await deploy('--filter-config', join(directory, 'config.json'));
    assert.equal(code, 0, note);
    const [source, agent] = loadAll(out) as [object, { spec: { filter: unknown } }];
    assert.deepEqual(source, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'checkout-source' },
      data: { 'index.ts': '// entry', 'parts__rules.ts': '// rules' },
    });
    assert.deepEqual(agent.spec.filter, {
      build: { configMap: { name: 'checkout-source' } },
      config: { name: 'x-team' },
    });
  });

  it('takes a configuration that is not JSON as text', async () => {
    await write('index.ts', '');
    await write('rules.txt', 'deny all\n');
    const { out } = await deploy('--filter-config', join(directory, 'rules.txt'));
    assert.match(out, /config: \|\n {6}deny all\n/);
  });

  it('refuses a folder without entry, and one that no ConfigMap takes', async () => {
    await write('other.ts', '');
    assert.match((await deploy()).note, /has no index\.ts; give the folder that has it/);
    await write('index.ts', '/'.repeat(1_000_001));
    assert.match((await deploy()).note, /1000001 bytes, and a ConfigMap takes 1000000/);
  });

  it('is not given together with another source', async () => {
    await write('index.ts', '');
    assert.equal((await deploy('--filter-url', 'https://example.com/a.wasm')).code, 2);
  });
});
