import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { terminalText } from './terminal-text.ts';
import type { Tone } from './view/table.ts';

/** Where a command writes: results to `out` (standard output), everything about them to `note` (standard error). */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** Replaces what the screen shows; what does not fit is cut off at the end. */
  redraw(text: string): void;
  /** Colours text if `out` is a terminal. */
  paint(tone: Tone, text: string): string;
  /** Asks for yes or no; no is the default. Undefined if nobody can be asked, as standard input is no terminal. */
  confirm(question: string): Promise<boolean | undefined>;
  /** True if `out` is a terminal, whose screen can be redrawn. */
  readonly isTerminal: boolean;
  /** Aborts when the user presses Ctrl-C. */
  readonly interrupted: AbortSignal;
}

const [toTop, clearLine, clearBelow] = ['\x1b[H', '\x1b[K', '\x1b[J'];
// A line that is too long is cut off: wrapped, it would take two of the rows that are counted.
const [cutLongLines, wrapLongLines] = ['\x1b[?7l', '\x1b[?7h'];
/** Of a terminal that does not report its height. */
const usualRows = 24;

/** Writes over what the screen shows, line by line: a screen that is cleared first would flicker. */
export function screenText(text: string, rows: number): string {
  const lines = terminalText(text).trimEnd().split('\n');
  const hidden = lines.length - (rows - 1);
  const shown = hidden > 0 ? [...lines.slice(0, rows - 2), `… ${hidden + 1} more lines`] : lines;
  const body = shown.map((line) => `${line}${clearLine}\n`).join('');
  return toTop + cutLongLines + body + clearBelow + wrapLongLines;
}

const styles = {
  good: 'green',
  bad: 'red',
  pending: 'yellow',
  faint: 'dim',
  title: 'bold',
} as const satisfies Record<Tone, string>;

export function processTerminal(): Terminal {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  process.stdout.on('error', endWhenReaderIsGone);
  return {
    out: (text) => void process.stdout.write(terminalText(text)),
    note: (text) => void process.stderr.write(terminalText(text)),
    redraw: (text) => void process.stdout.write(screenText(text, process.stdout.rows || usualRows)),
    // With the stream given, NO_COLOR, FORCE_COLOR and pipes are respected.
    paint: (tone, text) => styleText(styles[tone], text, { stream: process.stdout }),
    confirm: (question) => confirm(terminalText(question), interrupt.signal),
    isTerminal: process.stdout.isTTY,
    interrupted: interrupt.signal,
  };
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}

/** `spagent … | head` closes the pipe early, which is not a failure of the command. */
function endWhenReaderIsGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
