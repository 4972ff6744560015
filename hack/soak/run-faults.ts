import { setTimeout as sleep } from 'node:timers/promises';
import { durationText } from '../tools/progress.ts';
import type { FaultTarget } from './faults/fault.ts';
import type { PlannedFault } from './faults/schedule.ts';

export interface FaultRun {
  readonly planned: readonly PlannedFault[];
  readonly target: FaultTarget;
  readonly log: (line: string) => void;
}

/** Makes each fault at its time, one after the other; each is over when this returns. */
export async function runFaults({ planned, target, log }: FaultRun): Promise<void> {
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  for (const [index, { fault, at, seconds }] of planned.entries()) {
    await sleep(Math.max(0, at - elapsed()) * 1000);
    const place = `${elapsed().toFixed(0).padStart(5)} s  fault ${index + 1} of ${planned.length}`;
    log(`${place}: ${fault.name}${seconds > 0 ? ` for ${durationText(seconds)}` : ''}`);
    const end = await fault.begin(target);
    try {
      await sleep(seconds * 1000);
    } finally {
      await end();
    }
  }
}
