/**
 * Main thread of the compiler's process. The compiler blocks its thread, so it has another: this one stays free to
 * notice that the parent is gone.
 */
import { Worker } from 'node:worker_threads';
import type { CompileOutcome, CompileRequest } from './compile-protocol.ts';

function answer(outcome: CompileOutcome): void {
  process.send?.(outcome, () => process.disconnect());
}

process.once('disconnect', () => process.exit());
process.once('message', ({ job, heapMebibytesMax }: CompileRequest) => {
  const worker = new Worker(new URL('./compile-thread.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytesMax },
  });
  worker.once('message', answer);
  worker.once('error', (error) => {
    const outOfMemory =
      error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    answer(outOfMemory ? { result: 'OutOfMemory' } : { result: 'Refused', message: String(error) });
  });
});
