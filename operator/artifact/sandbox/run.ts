import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { getPriority, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FrameCutError, FrameTooLongError, readFrame, writeFrame, type Frame } from './frame.ts';
import { answerHeaderBytesMax, type SandboxJob } from './job.ts';
import { presentTurn, type SandboxTurn } from './turn.ts';

export interface SandboxLimits {
  readonly seconds: number;
  /** Of all its threads: on a busy machine the time alone says little. Default: as `seconds`. */
  readonly cpuSeconds?: number;
  /** Of the JavaScript heap, and as much again of each WebAssembly memory. */
  readonly heapMebibytesMax: number;
  /** Of all that the process has in memory: also what no heap counts. */
  readonly residentMebibytesMax: number;
  /** Of the bytes that the answer brings. */
  readonly bodyBytesMax: number;
}

/** A limit that was passed; the sandbox was ended. */
export class SandboxLimitError extends Error {
  override readonly name = 'SandboxLimitError';
  readonly limit: 'Time' | 'CpuTime' | 'Memory' | 'Answer';

  constructor(limit: SandboxLimitError['limit']) {
    super(`a sandbox passed its limit of ${limit.toLowerCase()}`);
    this.limit = limit;
  }
}

export interface SandboxOptions {
  readonly limits: SandboxLimits;
  /** Path of the program of its thread, if it is not the usual one. */
  readonly thread?: string;
}

/** A sandbox that has started, and has what its one job needs loaded. Disposing it ends it. */
export interface Sandbox extends Disposable {
  /**
   * @param bytes the module that the job is about.
   * @throws {SandboxLimitError} time counts from now on, CPU time from its start.
   */
  run(job: SandboxJob, bytes?: Uint8Array): Promise<Frame>;
}

const wasmPagesPerMebibyte = 16;
/**
 * Whoever waits for the operator goes before all of them: 3 is half of a process's usual share of a busy core. Each step takes a fifth
 * of the share: a tenant that waits for one module goes before one that builds all the time, and both before what is slow.
 */
const nicenesses = { usual: 3, hasMore: 10, slow: 15 };
const usageLookMilliseconds = 50;
const pageBytes = 4096;
/** The kernel's unit for the time of processes, wherever Node runs. */
const ticksPerSecond = 100;

/**
 * Works on untrusted bytes in a process of its own: without network, environment, token, processes or addons, with no file but the
 * program's own, and within limits. It ends with its answer, with this process, or when it passes a limit.
 *
 * @throws {SandboxLimitError}
 */
export async function runSandboxed(
  job: SandboxJob,
  { bytes, ...options }: SandboxOptions & { readonly bytes?: Uint8Array },
): Promise<Frame> {
  using sandbox = startSandbox(job.kind, options);
  return await sandbox.run(job, bytes);
}

/** Starts a sandbox before there is a job for it. */
export function startSandbox(kind: SandboxJob['kind'], options: SandboxOptions): Sandbox {
  const { limits } = options;
  const child = start(kind, options);
  child.stdin?.on('error', () => undefined);
  // From its start: it may end before its job.
  const answer = answerOf(child, limits);
  answer.catch(() => undefined);
  return {
    async run(job, bytes) {
      if (child.exitCode !== null || child.signalCode !== null) return answer;
      if (child.stdin) writeFrame(child.stdin, { header: job, body: bytes });
      return Promise.race([answer, late(child, limits), usagePassed(child, limits), preempted()]);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

function start(
  kind: SandboxJob['kind'],
  { limits: { heapMebibytesMax }, thread }: SandboxOptions,
): ChildProcess {
  const program = fileURLToPath(new URL('./process.ts', import.meta.url));
  const own = thread === undefined ? [] : [thread];
  const options = [
    '--permission',
    // The one thread that works, so that the main one can end the process.
    '--allow-worker',
    ...[...readableFiles(), ...own].map((path) => `--allow-fs-read=${path}`),
    // In each thread, before its program.
    `--import=${new URL('./lockdown.ts', import.meta.url).href}`,
    // Optimized machine code of the optimizer would take 250 MiB more, and is ready too late to help.
    '--liftoff-only',
    `--wasm-max-mem-pages=${heapMebibytesMax * wasmPagesPerMebibyte}`,
  ];
  const child = spawn(process.execPath, [...options, program, kind, String(heapMebibytesMax), ...own], {
    // Node lets a thread read whatever lies below it, the permission model or not.
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // Whoever runs nicer itself may not give others less.
  const niceness = Math.max(getPriority(), nicenessOf(presentTurn()));
  if (child.pid !== undefined) setPriority(child.pid, niceness);
  return child;
}

function nicenessOf(turn: SandboxTurn | undefined): number {
  if (turn?.isSlow) return nicenesses.slow;
  return turn?.hasMore ? nicenesses.hasMore : nicenesses.usual;
}

let readable: readonly string[] | undefined;

/** The program's own files: what runs in a sandbox, and the compiler. */
function readableFiles(): readonly string[] {
  if (readable) return readable;
  const here = fileURLToPath(new URL('.', import.meta.url));
  const artifact = join(here, '..');
  const fromHere = createRequire(import.meta.url);
  const compiler = dirname(fromHere.resolve('assemblyscript/package.json'));
  const fromCompiler = createRequire(join(compiler, 'package.json'));
  const packageOf = (name: string) => {
    const path = fromCompiler.resolve(name);
    return path.slice(0, path.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
  };
  const root = join(artifact, '..', '..');
  return (readable = [
    here,
    ...['compiler', 'check', '../api'].map((room) => join(artifact, room, '/')),
    ...[`${compiler}/`, packageOf('binaryen'), packageOf('long')],
    join(root, 'package.json'),
  ]);
}

async function answerOf(child: ChildProcess, { bodyBytesMax }: SandboxLimits): Promise<Frame> {
  if (!child.stdout) throw new Error('a sandbox without standard output');
  const failedToStart = new Promise<never>((_, reject) => child.once('error', reject));
  try {
    const answer = readFrame(child.stdout, { headerBytesMax: answerHeaderBytesMax, bodyBytesMax });
    return await Promise.race([answer, failedToStart]);
  } catch (error) {
    if (error instanceof FrameTooLongError) throw new SandboxLimitError('Answer');
    // Without an answer it was ended by the system or by its own engine, both because memory ran out.
    if (error instanceof FrameCutError) throw new SandboxLimitError('Memory');
    throw error;
  }
}

function preempted(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const signal = presentTurn()?.signal;
  signal?.addEventListener('abort', () => reject(new Error('another sandbox needs the slot')), {
    once: true,
  });
  return promise;
}

function late(child: ChildProcess, { seconds }: SandboxLimits): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new SandboxLimitError('Time')), seconds * 1000);
    child.once('exit', () => clearTimeout(timer));
  });
}

/**
 * The kernel would end the operator with a sandbox, as both share a container: so its memory is measured instead, and its CPU time
 * with it. Only Linux shows them.
 */
function usagePassed(child: ChildProcess, limits: SandboxLimits): Promise<never> {
  const { residentMebibytesMax, seconds, cpuSeconds = seconds } = limits;
  const turn = presentTurn();
  return new Promise((_, reject) => {
    const timer = setInterval(() => {
      usageOf(child.pid).then(
        (usage) => {
          if (usage.residentMebibytes > residentMebibytesMax) reject(new SandboxLimitError('Memory'));
          if (usage.cpuSeconds > cpuSeconds) reject(new SandboxLimitError('CpuTime'));
          turn?.onCpuSeconds(usage.cpuSeconds);
        },
        () => undefined,
      );
    }, usageLookMilliseconds);
    child.once('exit', () => clearInterval(timer));
  });
}

/** See proc_pid_stat(5): the numbers follow the name, which is in parentheses and may hold spaces. */
async function usageOf(pid: number | undefined) {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    residentMebibytes: (field(24) * pageBytes) / 1024 ** 2,
  };
}
