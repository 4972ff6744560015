import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { bundleCommandLine } from '../../hack/bundle/package-code.ts';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { readSource } from '../../operator/cli/source-directory.ts';
import projectPackage from '../../package.json' with { type: 'json' };
import { spagent as spagentOfCheckout } from '../support/cli.ts';
import { agentYaml, installPackage, type InstalledPackage } from '../support/installed-package.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const run = promisify(execFile);

describe('spagent as an installed package', () => {
  let spagentPackage: InstalledPackage;
  let directory: string;
  let installed: string;
  before(async () => {
    spagentPackage = await installPackage();
    ({ directory, installed } = spagentPackage);
  });
  after(() => spagentPackage[Symbol.asyncDispose]());

  const spagent = (...words: string[]) =>
    run(process.execPath, [spagentPackage.program, ...words], { cwd: directory });

  it('names the Node that it needs, and has the licences of what is in it', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object;
    assert.partialDeepStrictEqual(manifest, {
      engines: { node: '>=22.19.0' },
      bin: { spagent: 'spagent.mjs', 'kubectl-spagent': 'spagent.mjs' },
    });
    const licenses = await readFile(join(installed, 'licenses.txt'), 'utf8');
    for (const name of ['@kubernetes/client-node', 'commander', 'undici'])
      assert.ok(licenses.includes(name), name);
    await readFile(join(installed, 'node_modules', 'assemblyscript', 'LICENSE'));
  });

  it('begins a filter, builds it to the same bytes as a checkout does, and renders an agent with it', async () => {
    await spagent('init', 'my-filter');
    const { stdout } = await spagent('build', '--source', 'my-filter', '-f', 'built.wasm');
    const source = await readSource(join(directory, 'my-filter'), '--source');
    const expected = await compile(await userJob(source, { optimize: 3, debug: false }));
    assert.equal(stdout, `${hash('sha256', expected)}  built.wasm\n`);
    const { stdout: resources } = await spagent('render', '-f', 'agent.yaml', '--module', 'built.wasm');
    assert.match(resources, new RegExp(hash('sha256', expected)));
  });

  it('lists the same parts of a module as a checkout does', async () => {
    await spagent('build', '-f', 'bundled.wasm', '--sbom', 'bundled.cdx.json');
    const text = await readFile(join(directory, 'bundled.cdx.json'), 'utf8');
    const files = ['-f', join(directory, 'bundled.wasm'), '--sbom', join(directory, 'checkout.cdx.json')];
    const { code, note } = await spagentOfCheckout('build', ...files);
    assert.equal(code, 0, note);
    assert.equal(await readFile(join(directory, 'checkout.cdx.json'), 'utf8'), text);
  });

  it('makes the name of a build from the same text as a checkout does', async () => {
    for (const name of ['indirect-calls', 'root-id', 'static-text']) {
      const path = join('operator', 'artifact', 'compiler', `${name}.ts`);
      assert.equal(
        await readFile(join(installed, path), 'utf8'),
        await readFile(join(import.meta.dirname, '..', '..', path), 'utf8'),
      );
    }
  });

  for (const words of [
    ['dev', 'my-filter', '--upstream', 'http://127.0.0.1:1'],
    ['test'],
    ['record', '--upstream', 'http://127.0.0.1:1', '--port', '0', '--backend-port', '0'],
    ['replay', 'recordings.har', '--port', '0', '--backend-port', '0'],
  ]) {
    it(`has \`spagent ${words[0]}\`, which asks for Envoy`, async () => {
      await assert.rejects(spagent(...words, '--envoy', '/nowhere'), {
        code: 1,
        stderr: 'error: --envoy /nowhere: not an executable file\n',
      });
    });
  }
});

describe('spagent as one file', () => {
  let directory: string;
  let program: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bundle-'));
    program = join(directory, 'spagent.mjs');
    // Outside its package and this checkout: it finds no other file.
    await bundleCommandLine(program);
    await writeFile(join(directory, 'agent.yaml'), agentYaml);
  });
  after(() => rm(directory, { recursive: true }));

  const spagent = (...words: string[]) => run(process.execPath, [program, ...words], { cwd: directory });

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
    const object = {
      metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { selector: { matchLabels: { app: 'checkout' } } },
    };
    await using server = await startScriptedServer((_arrival, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ metadata: {}, items: [object] }));
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

  it('renders an agent by the digest of its module', async () => {
    const { stdout } = await spagent('render', '-f', 'agent.yaml', '--digest', 'a'.repeat(64));
    assert.match(stdout, /kind: WasmPlugin|kind: EnvoyFilter/);
  });

  for (const words of [
    ['init', 'my-filter'],
    ['build'],
    ['render', '-f', 'agent.yaml'],
    ['test', '--envoy', process.execPath],
  ]) {
    it(`says how to install the package that \`spagent ${words[0]}\` needs`, async () => {
      await assert.rejects(spagent(...words), {
        code: 1,
        stderr:
          'error: this spagent.mjs lies outside its package, which has the compiler and the filter: ' +
          `install the package with npm install --global spagent-${projectPackage.version}.tgz\n`,
      });
    });
  }

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
