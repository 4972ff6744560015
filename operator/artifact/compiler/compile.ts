import { z } from 'zod';
import { AgentError } from '../../api/errors.ts';
import type { Frame } from '../sandbox/frame.ts';
import { SandboxLimitError, startSandbox } from '../sandbox/run.ts';
import type { CompileJob } from './job.ts';

export interface CompileLimits {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the compiler's heap; as much again may lie in its optimizer's own memory. */
  readonly heapMebibytesMax: number;
  readonly outputBytesMax: number;
}

/**
 * With what the process takes for itself (about 250 MiB, most of it the optimizer's code) three of them stay below what the chart
 * gives the operator's container: where that is passed, the kubelet ends the operator too. The bundled filter takes a third of the
 * heap and a fifth of the CPU time.
 */
const defaultLimits: CompileLimits = {
  seconds: 120,
  cpuSeconds: 20,
  heapMebibytesMax: 160,
  outputBytesMax: 16 * 1024 * 1024,
};

const residentMebibytesMax = 480;

/** What the sandbox says: see `compile-job.ts`. */
const outcomeSchema = z.union([
  z.object({ result: z.literal('Compiled') }),
  z.object({ result: z.enum(['Refused', 'Failed']), message: z.string() }),
]);

/** A compiler that has started, for one job. Disposing it ends it. */
export interface Compiler extends Disposable {
  /** As `compile` does. */
  compile(job: CompileJob): Promise<Uint8Array>;
}

/** Starts a compiler before there is a job for it, as loading one takes most of a second. */
export function startCompiler(limits = defaultLimits): Compiler {
  const { seconds, cpuSeconds, heapMebibytesMax, outputBytesMax } = limits;
  const sandbox = startSandbox('compile', {
    limits: {
      seconds,
      cpuSeconds,
      heapMebibytesMax,
      residentMebibytesMax: Math.max(residentMebibytesMax, 2 * heapMebibytesMax),
      bodyBytesMax: outputBytesMax,
    },
  });
  return {
    async compile(job) {
      try {
        return moduleIn(await sandbox.run({ kind: 'compile', job }));
      } catch (error) {
        if (error instanceof SandboxLimitError) throw limitExceeded(error, limits);
        throw error;
      }
    },
    [Symbol.dispose]: () => sandbox[Symbol.dispose](),
  };
}

/**
 * Compiles AssemblyScript to a module: the same source gives the same bytes. The compiler runs in a sandbox, which sees no file but
 * the source's and the libraries', and keeps to the limits.
 *
 * @throws {AgentError} CompileFailed with the compiler's message, CompileLimitExceeded
 */
export async function compile(job: CompileJob, limits = defaultLimits): Promise<Uint8Array> {
  using compiler = startCompiler(limits);
  return await compiler.compile(job);
}

function moduleIn({ header, body }: Frame): Uint8Array {
  const outcome = outcomeSchema.parse(header);
  if ('message' in outcome)
    throw new AgentError('CompileFailed', `the source does not compile: ${outcome.message}`);
  return body;
}

function limitExceeded({ limit }: SandboxLimitError, limits: CompileLimits): AgentError {
  const what = {
    Time: `the compiler takes more than ${limits.seconds} s`,
    CpuTime: `the compiler takes more than ${limits.cpuSeconds} s of CPU time`,
    Memory: `the compiler takes more than ${limits.heapMebibytesMax} MiB of memory`,
    Answer: `the module has too many bytes, ${limits.outputBytesMax} are allowed`,
  }[limit];
  return new AgentError('CompileLimitExceeded', `${what}; make the source smaller`, { retryable: true });
}
