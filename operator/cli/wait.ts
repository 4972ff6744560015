import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

const pollMilliseconds = { cluster: 500, local: 20 } as const;

export interface Wait {
  /** What is waited for, for the message of a timeout. */
  readonly what: string;
  readonly seconds: number;
  isDone(): Promise<boolean>;
}

/** Waits for something in the cluster. @throws {Failure} after the given time, or on Ctrl-C. */
export async function waitUntil(terminal: Terminal, { what, seconds, isDone }: Wait): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await isDone())) {
    if (terminal.interrupted.aborted) throw new Failure(`interrupted while waiting for ${what}`);
    if (performance.now() > deadline) {
      throw new Failure(
        `timed out after ${seconds} s waiting for ${what}; spagent status shows why, --timeout waits longer`,
      );
    }
    await sleep(pollMilliseconds.cluster, undefined, { signal: terminal.interrupted }).catch(() => undefined);
  }
}

/** Waits for something of this machine. @throws {Failure} with the given message. */
export async function eventually(failure: string, seconds: number, isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Failure(failure);
    await sleep(pollMilliseconds.local);
  }
}
