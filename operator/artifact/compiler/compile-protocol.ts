import type { CompileJob } from './job.ts';

/** The one message to the compiler's process. */
export interface CompileRequest {
  readonly job: CompileJob;
  readonly heapMebibytesMax: number;
}

/** The one message back. */
export type CompileOutcome =
  | { readonly result: 'Compiled'; readonly bytes: Uint8Array }
  /** The source is wrong: the compiler's own words. */
  | { readonly result: 'Refused'; readonly message: string }
  | { readonly result: 'OutOfMemory' };
