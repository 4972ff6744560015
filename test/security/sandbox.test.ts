import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkModule } from '../../operator/artifact/check/check-module.ts';
import { compile } from '../../operator/artifact/compiler/compile.ts';
import { userJob } from '../../operator/artifact/compiler/job.ts';
import { runSandboxed } from '../../operator/artifact/sandbox/run.ts';
import { inTurn } from '../../operator/artifact/sandbox/turn.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { filterShape, wasmModule } from '../support/wasm-module.ts';

const mebibyte = 1024 ** 2;
const limits = { seconds: 60, heapMebibytesMax: 256, residentMebibytesMax: 512, bodyBytesMax: 1024 };

const threadPath = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

const run = (name: string, configuration: string, more: Partial<typeof limits> = {}) =>
  runSandboxed(
    { kind: 'dryRun', configuration },
    { limits: { ...limits, ...more }, thread: threadPath(name) },
  );

/** Memory that this process takes for a while in which it does something, in MiB. */
async function memoryTakenBy(action: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
  await action();
  clearInterval(timer);
  return (Math.max(most, process.memoryUsage().rss) - before) / mebibyte;
}

describe('a sandbox that was taken over', () => {
  it('reads no file, reaches no network, starts no process and has no environment', async () => {
    process.env['SP_TEST_SECRET'] = 'the token of the operator';
    const directory = await mkdtemp(join(tmpdir(), 'sp-agent-secret-'));
    await using server = await startScriptedServer((_arrival, response) => void response.end('internal'));
    await using _ = {
      async [Symbol.asyncDispose]() {
        delete process.env['SP_TEST_SECRET'];
        await rm(directory, { recursive: true });
      },
    };
    const secretFile = join(directory, 'token');
    await writeFile(secretFile, 'the token of the operator');
    const { header } = await run('hostile-thread', JSON.stringify({ secretFile, port: server.port }));
    const { outcomes, environment } = header as {
      outcomes: Record<string, string>;
      environment: Record<string, string>;
    };
    assert.deepEqual(environment, {});
    const done = Object.entries(outcomes).filter(([, outcome]) => !/^ERR_/.test(outcome));
    assert.deepEqual(done, []);
    assert.ok(Object.keys(outcomes).length >= 15);
    assert.deepEqual(server.arrivals, []);
  });

  it('gets less of a busy processor the more its tenant asks for', async () => {
    const priorityOf = async (terms: { readonly isSlow: boolean; readonly hasMore: boolean }) => {
      const turn = { ...terms, signal: new AbortController().signal, onCpuSeconds: () => undefined };
      const { header } = await inTurn(turn, () => run('priority-thread', ''));
      return (header as { priority: number }).priority;
    };
    const [one, many, slow] = [
      await priorityOf({ isSlow: false, hasMore: false }),
      await priorityOf({ isSlow: false, hasMore: true }),
      await priorityOf({ isSlow: true, hasMore: true }),
    ];
    const own = getPriority();
    assert.deepEqual(
      [one, many, slow],
      [3, 10, 15].map((niceness) => Math.max(own, niceness)),
    );
  });

  for (const part of ['header', 'body']) {
    it(`floods the operator with no ${part}`, async () => {
      const taken = await memoryTakenBy(() =>
        assert.rejects(run('flooding-thread', part), { name: 'SandboxLimitError', limit: 'Answer' }),
      );
      assert.ok(taken < 32, `${taken} MiB`);
    });
  }
});

describe('a hostile source', () => {
  it('with a long line and many errors in it gives a short message, and takes little of the operator’s memory', async () => {
    const line = `a0();${'/* */'.repeat(180_000)}`;
    const source = `${Array.from({ length: 85 }, (_, index) => `b${index}();`).join('')}${line}`;
    const job = await userJob({ 'index.ts': source }, { optimize: 0, debug: false });
    const taken = await memoryTakenBy(() =>
      assert.rejects(compile(job), ({ message }: Error) => {
        assert.match(message, /Cannot find name 'b0'|more than 160 MiB of memory/);
        return Buffer.byteLength(message) <= 4096;
      }),
    );
    assert.ok(taken < 64, `${taken} MiB`);
  });

  it('that takes all the stack, while it is read or while its errors are listed, is refused long before the limit of time', async () => {
    for (const source of [`let a = ${'unknown + '.repeat(90_000)}0;`, `let a = ${'('.repeat(90_000)}`]) {
      const job = await userJob({ 'index.ts': source }, { optimize: 3, debug: false });
      await assert.rejects(compile(job), { reason: 'CompileFailed' });
    }
  });

  it('puts no escape sequence into the compiler’s message', async () => {
    const job = await userJob(
      { 'index.ts': 'export function f(): void { \u001b[2Jx(); "\u202e\u009b31m" }' },
      { optimize: 0, debug: false },
    );
    await assert.rejects(compile(job), ({ message }: Error) => {
      assert.match(message, /Invalid character/);
      return !/(?!\n)[\p{Cc}\p{Cf}]/u.test(message);
    });
  });
});

describe('a hostile module', () => {
  it('of many functions does not hold up the operator while it is inspected', async () => {
    // Inspected in this process, one of this size blocked everything else for seconds.
    const bytes = wasmModule({
      ...filterShape,
      functions: [...filterShape.functions!, ...Array.from({ length: 200_000 }, (_, at) => `f${at}`)],
    });
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const began = process.cpuUsage();
    assert.equal((await checkModule(bytes)).abi, '0_2_1');
    const { user } = process.cpuUsage(began);
    clearInterval(timer);
    assert.ok(ticks > 0);
    assert.ok(user < 1_000_000, `${user} µs of processor time`);
  });

  it('with long names of imports gives a short message without control characters', async () => {
    const imports = Array.from(
      { length: 5 },
      (_, at) => ['env', `${at}\u001b[2J${'x'.repeat(95 * 1024)}`] as const,
    );
    const bytes = wasmModule({ ...filterShape, imports });
    await assert.rejects(checkModule(bytes), ({ message }: Error) => {
      assert.ok(Buffer.byteLength(message) <= 4096, `${message.length}`);
      assert.match(message, /the module imports env\.0 \[2Jx+…/);
      return !/\p{Cc}/u.test(message);
    });
  });
});
