import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock } from '../../hack/tools/lock.ts';

const library = join(import.meta.dirname, '../../hack/tools/lock.ts');
const heldByNobody = (pid: number) => assert.fail(`waited for ${pid}`);

describe('lock', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-test-'));
    path = join(directory, 'tool.lock');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('lets processes in one after the other', async () => {
    const log = join(directory, 'log');
    const script = `
      import { acquireLock } from '${library}';
      import { appendFileSync } from 'node:fs';
      for (let round = 0; round < 3; round++) {
        await using lock = await acquireLock('${path}', () => undefined);
        appendFileSync('${log}', 'in ' + process.pid + '\\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync('${log}', 'out ' + process.pid + '\\n');
      }
    `;
    const children = [0, 1, 2].map(() =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
    assert.deepEqual(codes, [0, 0, 0]);
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    assert.equal(lines.length, 18);
    for (let index = 0; index < lines.length; index += 2) {
      assert.equal(lines[index]!.replace('in', 'out'), lines[index + 1]);
    }
  });

  it('waits for a holder that lives and says who it is', async () => {
    const first = await acquireLock(path, heldByNobody);
    const waitedFor: number[] = [];
    const second = acquireLock(path, (pid) => {
      waitedFor.push(pid);
      void first[Symbol.asyncDispose]();
    });
    await (await second)[Symbol.asyncDispose]();
    assert.deepEqual(waitedFor, [process.pid]);
    assert.deepEqual(await readdir(directory), []);
  });

  it('recovers the lock of a holder that is dead', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    await writeFile(path, String(dead.pid));
    await using _ = await acquireLock(path, heldByNobody);
    assert.equal(await readFile(path, 'utf8'), String(process.pid));
  });
});
