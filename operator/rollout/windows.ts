import type { RolloutSpec } from '../api/rollout-schema.ts';

type Window = RolloutSpec['windows'][number];

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const dayMilliseconds = 86_400_000;

/**
 * When new steps may be taken again, in milliseconds since the epoch; `now` if they may now. A window whose end is not after its
 * beginning lasts until that time of the next day. Without windows they always may.
 */
export function nextOpening(windows: readonly Window[], now: number): number {
  return windows.length === 0 ? now : Math.min(...windows.map((window) => openingOf(window, now)));
}

function openingOf(window: Window, now: number): number {
  const toLocal = localClock(window.timeZone);
  const today = Math.floor(toLocal(now) / dayMilliseconds);
  const length = (minutesOf(window.to) - minutesOf(window.from) + 24 * 60) % (24 * 60) || 24 * 60;
  // One that began yesterday may last until today. The schema asks for a weekday, and each comes within a week.
  for (let day = today - 1; ; day++) {
    if (!window.days.some((name) => name === weekdayOf(day))) continue;
    const begins = day * dayMilliseconds + minutesOf(window.from) * 60_000;
    const ends = begins + length * 60_000;
    if (toLocal(now) >= ends) continue;
    return toLocal(now) >= begins ? now : toInstant(begins, toLocal, now);
  }
}

/** The epoch began on a Thursday. @param day days since then. */
function weekdayOf(day: number): (typeof weekdays)[number] | undefined {
  return weekdays[(day + 4) % 7];
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Instant → what clocks of the zone show then, as if it were UTC. */
function localClock(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    return Date.UTC(
      part('year'),
      part('month') - 1,
      part('day'),
      part('hour'),
      part('minute'),
      part('second'),
      instant % 1000,
    );
  };
}

/** The instant at which clocks show a time. Where they skip it, the first one after it. */
function toInstant(local: number, toLocal: (instant: number) => number, now: number): number {
  const guess = local - (toLocal(now) - now);
  const better = guess + (local - toLocal(guess));
  return Math.max(now, better + Math.max(0, local - toLocal(better)));
}
