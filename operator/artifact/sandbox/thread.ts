/** Thread of a sandbox in which untrusted bytes are worked on. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SandboxAnswer, SandboxJob } from './job.ts';

async function work(job: SandboxJob, bytes: Uint8Array): Promise<SandboxAnswer> {
  // What a job does not need is not loaded: the compiler takes a second.
  switch (job.kind) {
    case 'compile':
      return (await import('../compiler/compile-job.ts')).runCompiler(job.job);
    case 'inspect':
      return (await import('../check/inspect-job.ts')).runInspection(bytes);
    case 'dryRun':
      return (await import('../check/dry-run-job.ts')).runDry(bytes, job.configuration);
  }
}

const { job, bytes } = workerData as { readonly job: SandboxJob; readonly bytes: Uint8Array };
const answer = await work(job, bytes);
parentPort?.postMessage(answer, answer.body ? [answer.body.buffer as ArrayBuffer] : []);
