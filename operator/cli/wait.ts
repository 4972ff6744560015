import { Failure, Interruption } from './failure.ts';
import { repeatUntil } from './repeat-until.ts';
import type { Terminal } from './terminal.ts';

const pollMilliseconds = 500;

export interface Wait {
  /** What is waited for, for the message of a timeout. */
  readonly what: string;
  readonly seconds: number;
  isDone(): Promise<boolean>;
}

/** Waits for something in the cluster. @throws {Failure} after the given time, or on Ctrl-C. */
export async function waitUntil(terminal: Terminal, { what, seconds, isDone }: Wait): Promise<void> {
  const signal = terminal.interrupted;
  if (await repeatUntil(isDone, { seconds, pollMilliseconds, signal })) return;
  if (signal.aborted) throw new Interruption(`interrupted while waiting for ${what}; the cluster continues`);
  throw new Failure(
    `timed out after ${seconds} s waiting for ${what}; spagent status shows why, --timeout waits longer`,
  );
}

/** Runs what has no other end than Ctrl-C: a request that it cuts off is not a failure. */
export async function untilInterrupted({ interrupted }: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!interrupted.aborted) throw error;
  }
}
