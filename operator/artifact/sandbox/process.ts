/**
 * Main thread of a sandbox. Its work blocks a thread, so that it has another: this one stays free to notice that the operator
 * is gone, which closes the standard input.
 */
import { Worker } from 'node:worker_threads';
import { readFrame, writeFrame } from './frame.ts';
import {
  requestLimits,
  type SandboxAnswer,
  type SandboxJob,
  type SandboxTask,
  type ThreadData,
} from './job.ts';

// The operator gives and writes all of it, and is the same program.
const [kind, heapMebibytesMax, thread = './thread.ts'] = process.argv.slice(2);

let isAnswered = false;

function answer(parts: SandboxAnswer): void {
  if (isAnswered) return;
  isAnswered = true;
  writeFrame(process.stdout, parts, () => process.exit());
}

process.stdin.once('close', () => process.exit());
const worker = new Worker(new URL(thread, import.meta.url), {
  workerData: { kind: kind as SandboxJob['kind'] } satisfies ThreadData,
  resourceLimits: { maxOldGenerationSizeMb: Number(heapMebibytesMax) },
});
worker.once('message', answer);
// One that runs out of stack while it reports an error may end without a word.
worker.once('exit', () =>
  answer({
    header: {
      result: 'Failed',
      message: 'it ended without an answer; something in it may be nested too deeply',
    },
  }),
);
worker.once('error', (error) => {
  // An end without an answer says so: the kernel may end the process in the same way.
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') process.exit();
  answer({ header: { result: 'Failed', message: String(error).slice(0, 1000) } });
});
const { header, body } = await readFrame(process.stdin, requestLimits);
worker.postMessage({ job: header as SandboxJob, bytes: body } satisfies SandboxTask);
