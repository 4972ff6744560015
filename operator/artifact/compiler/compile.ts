import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AgentError } from '../../api/errors.ts';
import type { CompileOutcome, CompileRequest } from './compile-protocol.ts';
import type { CompileJob } from './job.ts';

export interface CompileLimits {
  readonly seconds: number;
  /** Of the compiler's heap; as much again may lie in its optimizer's own memory. */
  readonly heapMebibytesMax: number;
  readonly outputBytesMax: number;
}

/**
 * With what the process takes for itself (about 250 MiB, most of it the optimizer's code) they stay below what the chart gives
 * the operator's container: where that is passed, the kubelet ends the operator too. The bundled filter takes a third of the
 * heap and a tenth of the time on two slow cores.
 */
const defaultLimits: CompileLimits = {
  seconds: 120,
  heapMebibytesMax: 160,
  outputBytesMax: 16 * 1024 * 1024,
};

const messageBytesMax = 4096;
const wasmPagesPerMebibyte = 16;

/**
 * Compiles AssemblyScript to a module: the same source gives the same bytes. The compiler runs in a process of its own,
 * which sees no file but the source's and the libraries', ends with this process, and keeps to the limits.
 *
 * @throws {AgentError} CompileFailed with the compiler's message, CompileLimitExceeded
 */
export async function compile(job: CompileJob, limits = defaultLimits): Promise<Uint8Array> {
  const { heapMebibytesMax, outputBytesMax } = limits;
  const outcome = await runCompiler({ job, heapMebibytesMax }, limits.seconds);
  switch (outcome.result) {
    case 'Compiled':
      if (outcome.bytes.length <= outputBytesMax) return outcome.bytes;
      throw limitExceeded(`the module has ${outcome.bytes.length} bytes, ${outputBytesMax} are allowed`);
    case 'Refused':
      throw new AgentError('CompileFailed', `the source does not compile: ${forPeople(outcome.message)}`);
    case 'OutOfMemory':
      throw limitExceeded(`the compiler takes more than ${heapMebibytesMax} MiB of memory`);
    case 'Late':
      throw limitExceeded(`the compiler takes more than ${limits.seconds} s`);
  }
}

function limitExceeded(what: string): AgentError {
  return new AgentError('CompileLimitExceeded', `${what}; make the source smaller`, { retryable: true });
}

async function runCompiler(
  request: CompileRequest,
  seconds: number,
): Promise<CompileOutcome | { readonly result: 'Late' }> {
  const pages = request.heapMebibytesMax * wasmPagesPerMebibyte;
  const child = fork(fileURLToPath(new URL('./compile-process.ts', import.meta.url)), {
    // Optimized machine code of the optimizer would take 250 MiB more, and is ready too late to help.
    execArgv: ['--liftoff-only', `--wasm-max-mem-pages=${pages}`],
    // The compiler needs none of the environment, which may hold secrets.
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ readonly result: 'Late' }>((resolve) => {
    timer = setTimeout(() => resolve({ result: 'Late' }), seconds * 1000);
  });
  try {
    return await Promise.race([late, outcomeOf(child, request)]);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

function outcomeOf(child: ChildProcess, request: CompileRequest): Promise<CompileOutcome> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    // Without a word it was ended by the system or by its own engine, both for want of memory.
    child.once('exit', () => resolve({ result: 'OutOfMemory' }));
    child.send(request);
  });
}

/** `file.ts(3,1)` → `file.ts:3:1`; the first messages of many. */
function forPeople(message: string): string {
  const text = message
    .trim()
    .replace(/\n*FAILURE [^\n]*$/, '')
    .replace(/ in (\S+\.ts)\((\d+),(\d+)\)/g, ' in $1:$2:$3');
  if (Buffer.byteLength(text) <= messageBytesMax) return text;
  // Decoding leaves out the character that the cut went through.
  const cut = new TextDecoder().decode(Buffer.from(text).subarray(0, messageBytesMax - 8), { stream: true });
  return `${cut}\n…`;
}
