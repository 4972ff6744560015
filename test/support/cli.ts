import { run } from '../../operator/cli/run.ts';
import type { Terminal } from '../../operator/cli/terminal.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly note: string;
}

/** Runs a command line as in a pipe: no colours. */
export function spagent(...words: string[]): Promise<CliResult> {
  return startSpagent({}, ...words).result;
}

/** @param interrupted aborts when the user presses Ctrl-C. */
export function runSpagent(interrupted: AbortSignal, ...words: string[]): Promise<CliResult> {
  return startSpagent({ interrupted }, ...words).result;
}

/** A command line that runs. */
export interface RunningCli {
  readonly result: Promise<CliResult>;
  /** What it has written to standard output so far. */
  readonly out: () => string;
  /** What it has written to standard error so far. */
  readonly note: () => string;
  /** What the screen shows, of a command that redraws it. */
  readonly screen: () => string;
}

/** @param terminal what differs from a pipe that nobody interrupts. */
export function startSpagent(terminal: Partial<Terminal>, ...words: string[]): RunningCli {
  let [out, note, screen] = ['', '', ''];
  const result = run(words, {
    out: (text) => void (out += text),
    note: (text) => void (note += text),
    paint: (_tone, text) => text,
    redraw: (text) => void (screen = text),
    confirm: () => Promise.resolve(undefined),
    isTerminal: false,
    interrupted: new AbortController().signal,
    ...terminal,
  });
  return {
    result: result.then((code) => ({ code, out, note })),
    out: () => out,
    note: () => note,
    screen: () => screen,
  };
}
