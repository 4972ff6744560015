import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import binaryen from 'assemblyscript/binaryen';
import { load } from 'js-yaml';
import { compile, startCompiler } from '../../../operator/artifact/compiler/compile.ts';
import {
  bundledJob,
  provenanceOf,
  userJob,
  type BuildOptions,
} from '../../../operator/artifact/compiler/job.ts';
import { inspectModule } from '../../../operator/artifact/check/inspect.ts';
import { eventually } from '../../support/eventually.ts';

const source = (files: Record<string, string>, options: Partial<BuildOptions> = {}) =>
  userJob(files, { optimize: 1, debug: false, ...options });
const limits = { cpuSeconds: 60, seconds: 60, heapMebibytesMax: 512, outputBytesMax: 1024 * 1024 };

const sdkFilter = (sdk: string) => `
  export * from '${sdk}/proxy';
  import { Context, FilterHeadersStatusValues, RootContext, registerRootContext, stream_context }
    from '${sdk}';
  import { value } from './parts/value';
  class Root extends RootContext {
    createContext(id: u32): Context { return new Stream(id, this); }
  }
  class Stream extends Context {
    constructor(id: u32, root: Root) { super(id, root); }
    onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
      stream_context.headers.response.add('x-value', value);
      return FilterHeadersStatusValues.Continue;
    }
  }
  registerRootContext((id: u32) => new Root(id), 'add_header');`;

/** Instantiates ever new types, until memory ends. */
const endlessSource = await source({
  'index.ts':
    'function f<T>(x: T): void { f<StaticArray<T>>([x]); }\nexport function g(): void { f<i32>(1); }',
});

const childrenFile = (pid: number) => `/proc/${pid}/task/${pid}/children`;

/** Keeps the compiler busy for some seconds. */
const longSource = await source({
  'index.ts': Array.from(
    { length: 4000 },
    (_, index) =>
      `export function f${index}(a: i32): i32 { let s = 0; while (a > 0) s += a-- * ${index}; return s; }`,
  ).join('\n'),
});

/** Most memory that a process has had at once. */
function peakMebibytes(pid: string): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

describe('compiler', () => {
  it('compiles the bundled filter, the same each time', async () => {
    const bundled = await bundledJob({ optimize: 0, debug: false });
    const [first, second] = await Promise.all([compile(bundled), compile(bundled)]);
    assert.deepEqual(first, second);
    assert.equal((await inspectModule(first)).abi, '0_2_1');
  });

  it('gives the same module and source digest in another checkout', async () => {
    const options = { optimize: 0, debug: false };
    const directory = await mkdtemp(join(tmpdir(), 'other-checkout-'));
    try {
      await cp(join(import.meta.dirname, '../../../filter'), directory, { recursive: true });
      const jobs = await Promise.all([bundledJob(options), bundledJob(options, directory)]);
      const [here, there] = await Promise.all(jobs.map((job) => compile(job)));
      assert.deepEqual(here, there);
      const [ours, theirs] = await Promise.all(jobs.map(provenanceOf));
      assert.deepEqual(ours, theirs);
      assert.match(ours?.sourceDigest ?? '', /^[0-9a-f]{64}$/);
      assert.match(ours?.compiler ?? '', /^assemblyscript [0-9.]+$/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('gives another source digest for another source, and names the options', async () => {
    const of = async (text: string, optimize: number) =>
      provenanceOf(await source({ 'index.ts': text }, { optimize }));
    const [first, second, faster] = [await of('a', 1), await of('b', 1), await of('a', 2)];
    assert.notEqual(first.sourceDigest, second.sourceDigest);
    assert.equal(first.sourceDigest, faster.sourceDigest);
    assert.match(faster.options, /--optimizeLevel 2/);
  });

  it('makes the bundled filter small: texts are bytes, and large functions stand behind a table', async () => {
    const module = Buffer.from(await compile(await bundledJob({ optimize: 3, debug: false })));
    assert.ok(module.length <= 60_000, `${module.length} bytes`);
    const text = 'http.request.header.';
    assert.deepEqual([module.includes(text), module.includes(Buffer.from(text, 'utf16le'))], [true, false]);
    assert.ok(binaryen.readBinary(module).emitText().includes('call_indirect'));
  });

  for (const sdk of ['@solo-io/proxy-runtime', '@solo-io/proxy-runtime/assembly']) {
    it(`compiles a source of several files that imports the SDK as ${sdk}, and finds its root id`, async () => {
      const files = { 'index.ts': sdkFilter(sdk), 'parts__value.ts': "export const value: string = 'yes';" };
      assert.equal((await inspectModule(await compile(await source(files)))).rootId, 'add_header');
    });
  }

  it('keeps the names of functions on request', async () => {
    const files = {
      'index.ts': 'function inner(): i32 { return 1; }\nexport function outer(): i32 { return inner(); }',
    };
    const names = async (debug: boolean) =>
      Buffer.from(await compile(await source(files, { optimize: 0, debug }))).includes('index/inner');
    assert.deepEqual(await Promise.all([names(true), names(false)]), [true, false]);
  });

  it('gives the compiler’s message with file and line', async () => {
    const files = { 'index.ts': "import './parts/rules';", 'parts__rules.ts': '\nmissing(3);\n' };
    await assert.rejects(compile(await source(files)), {
      reason: 'CompileFailed',
      retryable: false,
      message: /Cannot find name 'missing'[^]* in parts\/rules\.ts:2:1$/,
    });
  });

  it('cuts a long message', async () => {
    const files = { 'index.ts': 'unknown();\n'.repeat(500) };
    await assert.rejects(compile(await source(files)), ({ message }: Error) => {
      assert.ok(Buffer.byteLength(message) < 4200, `${message.length}`);
      return message.endsWith('…');
    });
  });

  it('lets a source see no file but its own', async () => {
    const files = { 'index.ts': "import '../../../../filter/assembly/host/abi'; import '/etc/passwd';" };
    await assert.rejects(compile(await source(files)), {
      reason: 'CompileFailed',
      message: /abi\.ts' not found/,
    });
  });

  it('wants index.ts', async () => {
    await assert.rejects(source({ 'other.ts': '' }), {
      reason: 'SourceMissing',
      message: /index\.ts/,
    });
  });

  for (const key of ['rules.js', '..__x.ts', 'a____b.ts', '.hidden.ts', 'rules']) {
    it(`refuses the file name ${key}`, async () => {
      await assert.rejects(source({ 'index.ts': '', [key]: '' }), {
        reason: 'SourceInvalid',
        message: new RegExp(`"${key.replaceAll('.', '\\.')}"`),
      });
    });
  }

  it('stops a compilation that takes too long', async () => {
    await assert.rejects(compile(longSource, { ...limits, seconds: 0.5 }), {
      reason: 'CompileLimitExceeded',
      message: /more than 0\.5 s/,
    });
  });

  it('stops a compilation that takes too much CPU time', async () => {
    await assert.rejects(compile(longSource, { ...limits, cpuSeconds: 1 }), {
      reason: 'CompileLimitExceeded',
      message: /more than 1 s of CPU time/,
    });
  });

  it('stops a compilation that never ends when memory runs out', async () => {
    await assert.rejects(compile(endlessSource, { ...limits, heapMebibytesMax: 48 }), {
      reason: 'CompileLimitExceeded',
      message: /more than 48 MiB/,
    });
  });

  it('leaves the operator a quarter GiB of its container while three of it run, whatever they are given', async function () {
    if (!existsSync(childrenFile(process.pid))) this.skip();
    const { resources } = load(readFileSync('charts/values.yaml', 'utf8')) as {
      resources: { limits: { memory: string } };
    };
    const mebibytes = Number(/^(\d+)Mi$/.exec(resources.limits.memory)?.[1]);
    let peak = 0;
    const samples = setInterval(() => {
      for (const pid of readFileSync(childrenFile(process.pid), 'utf8').trim().split(' ')) {
        peak = Math.max(peak, peakMebibytes(pid));
      }
    }, 20);
    await using _ = { [Symbol.asyncDispose]: async () => clearInterval(samples) };
    await assert.rejects(compile(endlessSource), { reason: 'CompileLimitExceeded', message: /160 MiB/ });
    assert.ok(peak > 200 && peak < (mebibytes - 256) / 3, `${peak} MiB of ${mebibytes}`);
  });

  it('refuses a module that is too long', async () => {
    const files = { 'index.ts': `export const a = memory.data<u8>([${'1,'.repeat(2000)}1]);` };
    await assert.rejects(compile(await source(files), { ...limits, outputBytesMax: 1000 }), {
      reason: 'CompileLimitExceeded',
      message: /1000 are allowed/,
    });
  });

  it('gives the same module when it was started before there was a job', async () => {
    const job = await source({ 'index.ts': 'export function f(): i32 { return 7; }' });
    using compiler = startCompiler(limits);
    assert.deepEqual(await compiler.compile(job), await compile(job, limits));
  });

  it('is reported when it ended before it got its job', async function () {
    if (!existsSync(childrenFile(process.pid))) this.skip();
    using compiler = startCompiler(limits);
    const pid = readFileSync(childrenFile(process.pid), 'utf8').trim().split(' ').at(-1);
    process.kill(Number(pid), 'SIGKILL');
    await eventually('its end', () => !existsSync(`/proc/${pid}`));
    await assert.rejects(compiler.compile(longSource), { reason: 'CompileLimitExceeded' });
  });

  it('ends with the process that started it', async function () {
    if (!existsSync(childrenFile(process.pid))) this.skip();
    const script = `
      import { compile } from './operator/artifact/compiler/compile.ts';
      await compile(${JSON.stringify(longSource)});`;
    const parent = spawn(process.execPath, ['--input-type=module', '-']);
    parent.stdin.end(script);
    await using _ = { [Symbol.asyncDispose]: async () => void parent.kill('SIGKILL') };
    const compiler = await eventually('the compiler’s process', () =>
      readFileSync(childrenFile(parent.pid!), 'utf8').trim(),
    );
    parent.kill('SIGKILL');
    await eventually('its end', () => !existsSync(`/proc/${compiler}`));
  });
});
