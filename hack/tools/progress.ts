/** Seconds between two lines of a step when the output is a file: enough to see that it is alive. */
const lineIntervalSeconds = 20;

/** Milliseconds after which a step counts as long: a shorter one shows nothing. */
const patienceMilliseconds = 1000;

let asLines = !process.stderr.isTTY;

/** For a process that writes other things at the same time: a live line would be in their way. */
export function showProgressAsLines(): void {
  asLines = true;
}

/** A long step whose progress is shown until it is disposed. */
export interface Step extends Disposable {
  /** Shows what the step does now. */
  update(text: string): void;
}

/** `45 s`, `2 min 5 s`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Shows a step on stderr: one live line on a terminal, else a line now and then.
 * @param estimateSeconds how long it takes on a machine that has nothing yet; shown once, at the start.
 */
export function startStep(title: string, estimateSeconds?: number): Step {
  const started = performance.now();
  const live = !asLines;
  const heading = estimateSeconds ? `${title}: about ${durationText(estimateSeconds)}` : title;
  let detail = '';
  const show = () => {
    const elapsed = durationText((performance.now() - started) / 1000);
    const line = `${heading} ... ${elapsed}${detail ? ` (${detail})` : ''}`;
    process.stderr.write(live ? `\r\x1b[K${line.slice(0, process.stderr.columns - 1)}` : `${line}\n`);
  };
  let interval: NodeJS.Timeout | undefined;
  const patience = setTimeout(() => {
    process.stderr.write(live ? heading : `${heading}\n`);
    interval = setInterval(show, live ? 1000 : lineIntervalSeconds * 1000);
    interval.unref();
  }, patienceMilliseconds);
  patience.unref();
  return {
    update(text) {
      detail = text;
    },
    [Symbol.dispose]() {
      clearTimeout(patience);
      clearInterval(interval);
      if (live && interval) process.stderr.write('\r\x1b[K');
    },
  };
}
