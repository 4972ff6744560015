import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../hack/tools/run.ts';
import { cacheFolders } from '../../hack/tools/provision.ts';
import { catalog } from '../../hack/tools/catalog.ts';
import { eventually } from '../support/eventually.ts';

const root = join(import.meta.dirname, '..', '..');

describe('npm run tools -- --clean', () => {
  let cache: string;
  let environment: NodeJS.ProcessEnv;
  let used: string;
  let old: string;

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'sp-agent-cache-'));
    environment = { ...process.env, SP_AGENT_CACHE: cache };
    const [folder = ''] = cacheFolders(catalog.etcd, environment);
    used = join(folder, 'etcd');
    old = join(cache, 'tools', 'etcd', 'v1.0.0', 'linux-amd64-release', 'etcd');
    for (const file of [used, old, join(folder, '.new-interrupted', 'etcd')]) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, 'x'.repeat(200_000));
    }
  });
  afterEach(() => rm(cache, { recursive: true }));

  const clean = (...words: string[]) =>
    run([process.execPath, join(root, 'hack', 'tools', 'main.ts'), '--clean', ...words], {
      environment,
      timeoutSeconds: 60,
    });

  async function left(): Promise<string[]> {
    const files = await readdir(join(cache, 'tools'), { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  }

  it('removes other versions and what an interrupted run left, and says how much', async () => {
    const output = await clean();
    assert.match(output, /removed .*v1\.0\.0.* \(0\.2 MB\)/);
    assert.match(output, /^0\.4 MB removed from /m);
    assert.deepEqual(await left(), [used]);
  });

  it('removes all tools on request', async () => {
    assert.match(await clean('all'), /^0\.6 MB removed from /m);
    assert.deepEqual(await left(), []);
  });

  it('removes nothing while another process uses the cache, and names it', async () => {
    const module = JSON.stringify(join(root, 'hack', 'tools', 'cache-use.ts'));
    const script = `import(${module}).then(({ useCache }) => useCache(${JSON.stringify(cache)})).then(() => console.log('used')); process.stdin.resume()`;
    const user = spawn(process.execPath, ['--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(user.stdout, 'data');
      await assert.rejects(clean('all'), new RegExp(`is used by process ${user.pid}: wait until it ends`));
      assert.equal((await left()).length, 3);
      user.kill('SIGKILL');
      await once(user, 'exit');
      // One that was killed leaves its mark, and no longer counts.
      await eventually('the cache to be cleaned', () => clean('all').then(() => true));
      assert.deepEqual(await left(), []);
    } finally {
      user.kill('SIGKILL');
    }
  });
});
