/** Seconds between two lines of a step when the output is a file: enough to see that it lives. */
const lineIntervalSeconds = 20;

/** Milliseconds after which a step counts as long: what ends sooner is not worth a line. */
const patienceMilliseconds = 1000;

/** A long step of which a person wants to know that it goes on. Ends when disposed. */
export interface Step extends Disposable {
  /** Says what the step does now. */
  update(text: string): void;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/**
 * Shows a step on stderr: one live line on a terminal, else a line now and then.
 * @param estimateSeconds how long it takes on a machine that has nothing yet; said once, up front.
 */
export function startStep(title: string, estimateSeconds?: number): Step {
  const started = performance.now();
  const live = process.stderr.isTTY;
  const heading = estimateSeconds ? `${title}: about ${duration(estimateSeconds)}` : title;
  let detail = '';
  const show = () => {
    const elapsed = duration((performance.now() - started) / 1000);
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
