import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createBackend } from '../../operator/backend/server.ts';

const start = (...args: string[]) =>
  spawn(process.execPath, ['operator/backend/main.ts', '--data', ':memory:', ...args]);

describe('backend command', () => {
  it('says where it listens and ends with code 0 at SIGTERM, whoever is connected', async () => {
    const child = start('--port', '0');
    await using _ = { [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') };
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    assert.equal((await fetch(`${url}/api/recordings`)).status, 200);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('refuses a port that is not valid', async () => {
    const child = start('--port', '70000');
    const [[code], stderr] = await Promise.all([once(child, 'exit'), child.stderr.toArray()]);
    assert.equal(code, 2);
    assert.match(Buffer.concat(stderr as Buffer[]).toString(), /a port is 0 to 65535/);
  });

  it('says in one line of its log that the port is in use', async () => {
    await using other = await createBackend({ data: ':memory:' });
    const child = start('--port', String(other.port));
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit'),
      child.stdout.toArray(),
      child.stderr.toArray(),
    ]);
    assert.equal(code, 1);
    assert.deepEqual(stderr, []);
    const { level, error } = JSON.parse(Buffer.concat(stdout as Buffer[]).toString()) as Record<
      string,
      unknown
    >;
    assert.equal(level, 60);
    assert.equal(error, `--port ${other.port} is in use; give another`);
  });
});
