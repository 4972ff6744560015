import { z } from 'zod';
import { runSandboxed, SandboxLimitError } from '../sandbox/run.ts';

export interface DryRunInput {
  readonly bytes: Uint8Array;
  /** The plug-in configuration, as a proxy would be given it. */
  readonly configuration: string;
}

export type DryRunVerdict =
  | { readonly ok: true }
  /** `message`: why the module refuses it, one line; `retryable`: the machine may have been too slow. */
  | { readonly ok: false; readonly message: string; readonly retryable: boolean };

/** The bundled filter takes some 100 ms, most of it to start the process. */
const secondsMaxDefault = 10;
const limits = { heapMebibytesMax: 64, residentMebibytesMax: 256, bodyBytesMax: 0 };

/** What the sandbox says: see `dry-run-job.ts`. */
const outcomeSchema = z.union([
  z.object({ accepted: z.literal(true) }),
  z.object({ accepted: z.literal(false), message: z.string() }),
  z.object({ result: z.literal('Failed') }),
]);

/**
 * Lets a module read a plug-in configuration, without a proxy: whether it takes it, and what it says if not. Only a module
 * that we know to need no more than `runConfigure` offers can be judged so. It runs in a sandbox.
 */
export async function dryRun(
  { bytes, configuration }: DryRunInput,
  seconds: number = secondsMaxDefault,
): Promise<DryRunVerdict> {
  try {
    const options = { limits: { ...limits, seconds }, bytes };
    const outcome = outcomeSchema.parse(
      (await runSandboxed({ kind: 'dryRun', configuration }, options)).header,
    );
    if ('result' in outcome) throw new SandboxLimitError('Memory');
    return outcome.accepted ? { ok: true } : { ok: false, message: outcome.message, retryable: false };
  } catch (error) {
    if (!(error instanceof SandboxLimitError)) throw error;
    const took = error.limit === 'Memory' ? `${limits.heapMebibytesMax} MiB of memory` : `${seconds} s`;
    return {
      ok: false,
      message: `its configuration takes more than ${took}`,
      // A slow machine passes either: time on the clock, and that of its processor.
      retryable: error.limit === 'Time' || error.limit === 'CpuTime',
    };
  }
}
