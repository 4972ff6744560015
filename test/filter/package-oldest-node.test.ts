import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { nodeMin } from '../../hack/bundle/package-code.ts';
import { tool } from '../../hack/tools/tool.ts';
import { commandList } from '../../operator/cli/command-list.ts';
import { installPackage, type InstalledPackage } from '../support/installed-package.ts';

const helpOf = (name: string) =>
  readFileSync(new URL(`../golden/cli/spagent-${name}.txt`, import.meta.url), 'utf8');

describe('the package spagent on the oldest Node.js that it names', () => {
  let spagentPackage: InstalledPackage;
  let node: string;
  let envoy: string;

  before(async () => {
    [node, envoy] = [await tool('node-22'), await tool('envoy')];
    spagentPackage = await installPackage();
    await spagent('init', 'my-filter');
    await spagent('build', '--source', 'my-filter', '-f', 'mine.wasm');
    await spagent('build', '-f', 'bundled.wasm');
  });
  after(() => spagentPackage[Symbol.asyncDispose]());

  const options = () => ({
    cwd: spagentPackage.directory,
    // A user who has no kubeconfig.
    env: { PATH: process.env['PATH'], HOME: spagentPackage.directory },
  });
  const spagent = (...words: string[]) =>
    promisify(execFile)(node, [spagentPackage.program, ...words], options());

  /** Starts a command that runs until Ctrl-C, and presses that once it has written a line that matches. */
  async function untilLine(pattern: RegExp, ...words: string[]): Promise<void> {
    const child = spawn(node, [spagentPackage.program, ...words], {
      ...options(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    const notes = text(child.stderr);
    let isShown = false;
    for await (const line of createInterface({ input: child.stdout })) {
      if (!pattern.test(line)) continue;
      isShown = true;
      child.kill('SIGINT');
    }
    assert.deepEqual([isShown, await exited], [true, [0, null]], await notes);
  }

  it('is that version', async () => {
    const { stdout } = await promisify(execFile)(node, ['--version']);
    assert.equal(stdout, `v${nodeMin}\n`);
  });

  for (const { usage } of commandList) {
    const [name = '', argument] = usage.split(' ');
    it(`shows the help of ${name}`, async () => {
      assert.deepEqual(await spagent(name, '--help'), { stdout: helpOf(name), stderr: '' });
    });

    if (!helpOf(name).includes('--kubeconfig')) continue;
    it(`says that there is no kubeconfig for ${name}`, async () => {
      const required = name === 'deploy' ? ['--selector', 'app=checkout'] : [];
      const words = [name, ...(argument?.startsWith('<') ? ['checkout'] : []), ...required];
      await assert.rejects(spagent(...words), { code: 1, stderr: /^error: .*kubeconfig/m });
    });
  }

  it('runs a module in Envoy: a miss, a save and a hit', async () => {
    const { stdout } = await spagent('test', '--module', 'bundled.wasm', '--envoy', envoy);
    assert.match(stdout, /✓ POST with a body: hit, the recorded answer without upstream/);
  });

  const port = ['--port', '0'];
  const both = [...port, '--backend-port', '0', '--module', 'bundled.wasm'];
  const untilInterrupted = [
    [/^http:/, 'dev', 'my-filter', '--upstream', 'http://127.0.0.1:1', ...port],
    [/^clients use/, 'record', '--upstream', 'http://127.0.0.1:1', ...both],
    [/^clients use/, 'replay', 'recordings.har', ...both],
  ] as const;
  for (const [line, ...words] of untilInterrupted) {
    it(`runs \`spagent ${words[0]}\` with Envoy until Ctrl-C`, () =>
      untilLine(line, ...words, '--envoy', envoy));
  }

  it('renders an agent with a module', async () => {
    const { stdout } = await spagent('render', '-f', 'agent.yaml', '--module', 'bundled.wasm');
    assert.match(stdout, /^kind: (WasmPlugin|EnvoyFilter|TrafficExtension)$/m);
  });

  it('completes commands', async () => {
    assert.match((await spagent('completion', 'bash')).stdout, /status\) words="/);
  });
});
