import { randomFrom, shuffled } from '../../random.ts';
import type { Fault } from './fault.ts';

/** When a fault begins, counted from the start of the run, and how long it lasts. Seconds. */
export interface PlannedFault {
  readonly fault: Fault;
  readonly at: number;
  readonly seconds: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Length of the run: the last fault is over before. */
  readonly seconds: number;
  readonly faults: readonly Fault[];
  /** Time without faults between two. Default 4 to 12. */
  readonly pauseSeconds?: readonly [least: number, most: number];
}

/**
 * In a run of this length and more, the faults of its second half end no leading process, so that the growth of its heap
 * can be seen. Seconds.
 */
const calmFromSeconds = 3600;

/** The same faults at the same times for the same seed. Each is drawn once before one is drawn again. */
export function scheduleFaults(options: ScheduleOptions): PlannedFault[] {
  const { seed, seconds, faults, pauseSeconds = [4, 12] } = options;
  const random = randomFrom(seed);
  const between = ([least, most]: Fault['seconds']) => least + random() * (most - least);
  const planned: PlannedFault[] = [];
  let deck: Fault[] = [];
  let at = between(pauseSeconds);
  while (at < seconds) {
    const isCalm = seconds >= calmFromSeconds && at >= seconds / 2;
    const allowed = isCalm ? faults.filter(({ endsLeader }) => !endsLeader) : faults;
    if (allowed.length === 0) break;
    deck = deck.filter((fault) => allowed.includes(fault));
    if (deck.length === 0) deck = shuffled(random, allowed);
    const next = take(deck, between);
    if (next === undefined || at + next.seconds > seconds) break;
    planned.push({ ...next, at });
    at += next.seconds + between(pauseSeconds);
  }
  return planned;
}

function take(deck: Fault[], between: (range: Fault['seconds']) => number) {
  const fault = deck.shift();
  return fault === undefined ? undefined : { fault, seconds: between(fault.seconds) };
}
