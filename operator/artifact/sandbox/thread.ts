/** Thread of a sandbox in which untrusted bytes are worked on: it loads what a kind of job needs, and waits for the job. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { SandboxAnswer, SandboxJob, SandboxTask, ThreadData } from './job.ts';

type Work<Kind extends SandboxJob['kind']> = (
  job: Extract<SandboxJob, { readonly kind: Kind }>,
  bytes: Uint8Array,
) => SandboxAnswer | Promise<SandboxAnswer>;

/** What a job does not need is not loaded: the compiler takes a second. */
const load: { readonly [Kind in SandboxJob['kind']]: () => Promise<Work<Kind>> } = {
  async compile() {
    const { runCompiler } = await import('../compiler/compile-job.ts');
    return ({ job }) => runCompiler(job);
  },
  async inspect() {
    const { runInspection } = await import('../check/inspect-job.ts');
    return (_job, bytes) => runInspection(bytes);
  },
  async dryRun() {
    const { runDry } = await import('../check/dry-run-job.ts');
    return ({ configuration }, bytes) => runDry(bytes, configuration);
  },
};

if (!parentPort) throw new Error('this is the program of a thread');
const given = once(parentPort, 'message') as Promise<[SandboxTask]>;
// The job will be of that kind.
const work = (await load[(workerData as ThreadData).kind]()) as Work<SandboxJob['kind']>;
const [{ job, bytes }] = await given;
const answer = await work(job, bytes);
parentPort.postMessage(answer, answer.body ? [answer.body.buffer as ArrayBuffer] : []);
