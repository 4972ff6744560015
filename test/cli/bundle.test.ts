import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { bundleCommandLine } from '../../hack/bundle/bundle.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const run = promisify(execFile);

describe('spagent as one file', () => {
  let directory: string;
  let program: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    const file = await bundleCommandLine(join(directory, 'package'));
    // Outside its package and this checkout: it finds no other file.
    program = join(directory, 'spagent.mjs');
    await copyFile(file, program);
  });
  after(() => rm(directory, { recursive: true }));

  const spagent = (...words: string[]) => run(process.execPath, [program, ...words], { cwd: directory });

  it('is a package for npm, with the licences of what is in it', async () => {
    const files = ['licenses.txt', 'package.json', 'spagent.mjs'];
    assert.deepEqual((await readdir(join(directory, 'package'))).sort(), files);
    const manifest = JSON.parse(readFileSync(join(directory, 'package', 'package.json'), 'utf8')) as object;
    assert.partialDeepStrictEqual(manifest, {
      engines: { node: '>=22.19.0' },
      bin: { spagent: 'spagent.mjs', 'kubectl-spagent': 'spagent.mjs' },
    });
    const licenses = readFileSync(join(directory, 'package', 'licenses.txt'), 'utf8');
    for (const name of ['@kubernetes/client-node', 'commander', 'undici'])
      assert.ok(licenses.includes(name), name);
  });

  it('has the same help', async () => {
    const golden = readFileSync(new URL('../golden/cli/spagent.txt', import.meta.url), 'utf8');
    assert.equal((await spagent('--help')).stdout, golden);
    assert.match((await spagent('status', '--help')).stdout, /--all-namespaces/);
  });

  it('runs by the name of a plug-in of kubectl', async () => {
    const plugin = join(directory, 'kubectl-spagent');
    await symlink(program, plugin);
    const path = `${join(process.execPath, '..')}:${process.env['PATH']}`;
    const { stdout } = await run(plugin, ['completion', 'bash'], { env: { ...process.env, PATH: path } });
    assert.match(stdout, /^_spagent\(\) \{/);
  });

  it('asks an API server', async () => {
    const agent = {
      metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { selector: { matchLabels: { app: 'checkout' } } },
    };
    await using server = await startScriptedServer((_arrival, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ metadata: {}, items: [agent] }));
    });
    await using kubeconfig = await kubeconfigOf(server.port);
    const { stdout } = await spagent('status', '-A', '-o', 'name', '--kubeconfig', kubeconfig.file);
    assert.match(stdout, /checkout/);
  });

  it('has the pages that it serves', async () => {
    const child = spawn(process.execPath, [program, 'backend', '--port', '0', '--data', ':memory:'], {
      cwd: directory,
    });
    try {
      const [line] = (await once(createInterface({ input: child.stderr }), 'line')) as [string];
      const [address = ''] = /http:\/\/\S+/.exec(line) ?? [];
      assert.match(await (await fetch(new URL('/page.css', address))).text(), /\{/);
    } finally {
      child.kill();
      await once(child, 'exit');
    }
  });

  it('names the commands that need a checkout', async () => {
    await assert.rejects(spagent('build', '--source', 'x'), {
      code: 1,
      stderr:
        'error: the one-file spagent has no compiler: run spagent build from a checkout (npm ci, README.md)\n',
    });
  });

  it('brings what Node 22 lacks, and loads no database before it is needed', async () => {
    const asNode22 = `
      delete globalThis.AsyncDisposableStack;
      delete globalThis.DisposableStack;
      process.on('exit', () => {
        const hasDatabase = process.moduleLoadList.includes('NativeModule sqlite');
        console.error(typeof AsyncDisposableStack, hasDatabase);
      });`;
    const hook = `data:text/javascript,${encodeURIComponent(asNode22)}`;
    const { stderr } = await run(process.execPath, ['--import', hook, program, 'version', '--client']);
    assert.equal(stderr, 'function false\n');
  });
});
