import type { CompileJob } from '../compiler/job.ts';

/** What a sandbox is asked to do with untrusted bytes. */
export type SandboxJob =
  | { readonly kind: 'compile'; readonly job: CompileJob }
  /** Of the module in the frame's body, as is the next. */
  | { readonly kind: 'inspect' }
  | { readonly kind: 'dryRun'; readonly configuration: string };

/** What a thread is started with. */
export interface ThreadData {
  readonly kind: SandboxJob['kind'];
}

/** What a thread is given to do. The job alone is the header of the request's frame. */
export interface SandboxTask {
  readonly job: SandboxJob;
  readonly bytes: Uint8Array;
}

/** What a thread posts; the header of the answer's frame is the same without `body`. */
export interface SandboxAnswer {
  readonly header: object;
  readonly body?: Uint8Array;
}

/** Of the header of an answer: a message for people, or a verdict. */
export const answerHeaderBytesMax = 16 * 1024;
/** No source or module that is taken makes a longer request. */
export const requestLimits = { headerBytesMax: 16 * 1024 * 1024, bodyBytesMax: 16 * 1024 * 1024 };
