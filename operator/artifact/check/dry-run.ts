import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../api/errors.ts';
import type { LogLine } from './configure-host.ts';

export interface DryRunInput {
  readonly bytes: Uint8Array;
  /** The plug-in configuration, as a proxy would be given it. */
  readonly configuration: string;
}

/** The one message of the thread. */
export interface DryRunOutcome {
  readonly accepted: boolean;
  readonly log: readonly LogLine[];
  readonly trap?: string;
}

export type DryRunVerdict =
  | { readonly ok: true }
  /** `message`: what the module said against it, one line; `retryable`: the machine may have been too slow. */
  | { readonly ok: false; readonly message: string; readonly retryable: boolean };

/** The bundled filter takes 50 ms on a slow core, most of it to start the thread. */
const secondsMaxDefault = 5;
const heapMebibytesMax = 64;
const messageBytesMax = 1024;
const warn = 3;

/**
 * Lets a module read a plug-in configuration, without a proxy: whether it takes it, and what it says if not. Only a module
 * that we know to need no more than `runConfigure` offers can be judged so. It has no network, no files, no environment.
 */
export async function dryRun(
  input: DryRunInput,
  secondsMax: number = secondsMaxDefault,
): Promise<DryRunVerdict> {
  const worker = new Worker(new URL('./dry-run-thread.ts', import.meta.url), {
    workerData: input,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytesMax },
  });
  const late = AbortSignal.timeout(secondsMax * 1000);
  try {
    const [outcome] = (await once(worker, 'message', { signal: late })) as [DryRunOutcome];
    return verdictOf(outcome);
  } catch (error) {
    if (late.aborted) {
      return { ok: false, message: `its configuration takes more than ${secondsMax} s`, retryable: true };
    }
    const message = messageOf(error);
    return { ok: false, message: oneLine(message), retryable: false };
  } finally {
    await worker.terminate();
  }
}

function verdictOf({ accepted, log, trap }: DryRunOutcome): DryRunVerdict {
  if (accepted) return { ok: true };
  const [worst] = log.filter(({ level }) => level >= warn).sort((a, b) => b.level - a.level);
  const said = worst ? oneLine(worst.text) : undefined;
  if (trap === undefined) return { ok: false, message: said ?? 'it does not say why', retryable: false };
  const message = `it trapped: ${oneLine(trap)}${said === undefined ? '' : `; ${said}`}`;
  return { ok: false, message, retryable: false };
}

/** The first line, without what could upset a terminal. */
function oneLine(text: string): string {
  const [line = ''] = text.trim().split('\n');
  const bytes = Buffer.from(line.replaceAll(/\p{Cc}/gu, ' '));
  if (bytes.length <= messageBytesMax) return bytes.toString();
  // Decoding leaves out the character that the cut went through.
  return `${new TextDecoder().decode(bytes.subarray(0, messageBytesMax - 3), { stream: true })}…`;
}
