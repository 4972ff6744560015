import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '../support/eventually.ts';

const library = join(import.meta.dirname, '../../hack/cluster');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('watchdog', () => {
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    it(`kills the background processes and removes the files of a process that dies of ${signal}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'sp-agent-test-'));
      const script = `
        import { startProcess } from '${library}/background-process.ts';
        import { removeWithParent } from '${library}/watchdog.ts';
        removeWithParent('${directory}');
        const start = (name) => startProcess({ name, command: ['sleep', '600'], logFile: '${directory}/' + name });
        await using stopped = new AsyncDisposableStack();
        const first = stopped.use(start('first'));
        const [second, third] = [start('second'), start('third')];
        await second[Symbol.asyncDispose]();
        console.log(first.pid, second.pid, third.pid);
        await new Promise(() => setInterval(() => undefined, 1000));
      `;
      const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
      const pids = line.split(' ').map(Number);
      assert.deepEqual(pids.map(isAlive), [true, false, true]);
      parent.kill(signal);
      await eventually('the processes to be gone', () => !pids.some(isAlive));
      await eventually('the folder to be gone', () => !existsSync(directory));
      await rm(directory, { recursive: true, force: true });
    });
  }
});
