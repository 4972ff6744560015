import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { forget, killWithParent } from '../../hack/cluster/watchdog.ts';
import { tool } from '../../hack/tools/tool.ts';
import { root } from './doc-blocks.ts';

/** A shell in a folder that looks like the checkout, in which the blocks of a page run one after the other. */
export interface DocShell extends AsyncDisposable {
  readonly directory: string;
  /**
   * Runs commands as a reader would paste them; variables, functions and programs in the background stay for the next ones.
   * @returns what they wrote.
   * @throws with what was written when one of them fails.
   */
  run(commands: string): Promise<string>;
}

interface ShellOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders of programs, beside `spagent` and Node. */
  readonly programs?: readonly string[];
}

/** What a page about a cluster needs: kubectl, helm, and caches of their own. @param home a folder for these. */
export async function clusterPrograms(kubeconfig: string, home: string): Promise<Required<ShellOptions>> {
  return {
    environment: {
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(home, 'kube-cache'),
      HELM_CACHE_HOME: join(home, 'cache'),
      HELM_CONFIG_HOME: join(home, 'config'),
      HELM_DATA_HOME: join(home, 'data'),
    },
    programs: [dirname(await tool('kubectl')), dirname(await tool('helm'))],
  };
}

/** Ends a shell and what it left in the background. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export async function startDocShell({
  environment = {},
  programs = [],
}: ShellOptions = {}): Promise<DocShell> {
  const directory = await mkdtemp(join(tmpdir(), 'doc-shell-'));
  // A page writes beside the checkout's files, and not into the checkout.
  for (const name of readdirSync(root).filter((name) => name !== '.git'))
    await symlink(join(root, name), join(directory, name));
  const bin = join(directory, '.bin');
  await mkdir(bin);
  const cli = join(root, 'operator', 'cli', 'bin.mjs');
  await writeFile(join(bin, 'spagent'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(join(bin, 'spagent'), 0o755);
  const path = [bin, ...programs, dirname(process.execPath), process.env['PATH']].join(delimiter);
  const child = spawn('bash', ['-euo', 'pipefail'], {
    cwd: directory,
    // A group of its own, so that programs in the background end with it.
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '', KUBECONFIG: '/nowhere', ...environment, PATH: path },
  });
  const { pid } = child;
  assert.ok(pid, 'bash cannot be started');
  killWithParent(pid);
  // What it left in the background holds its output open.
  child.once('exit', () => killGroup(pid));
  let isOver = false;
  const ended = once(child, 'close').then(() => void (isOver = true));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
  // Aliases are for people; a script has to ask for them.
  child.stdin.write('shopt -s expand_aliases\n');
  const run = async (commands: string) => {
    assert.ok(!isOver, 'a former command ended the shell');
    const file = join(bin, 'block.sh');
    await writeFile(file, commands);
    const end = randomUUID();
    const from = output.length;
    child.stdin.write(`. '${file}' < /dev/null\nprintf '%s\\n' ${end}\n`);
    for (;;) {
      const at = output.indexOf(end, from);
      if (at !== -1) return output.slice(from, at);
      if (isOver) throw new Error(`the shell ended:\n${output.slice(from)}`);
      await Promise.race([once(child.stdout, 'data'), ended]);
    }
  };
  return {
    directory,
    run,
    async [Symbol.asyncDispose]() {
      killGroup(pid);
      await ended;
      forget(pid);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
