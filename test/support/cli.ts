import { run } from '../../operator/cli/run.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly note: string;
}

/** Runs a command line as in a pipe: no colours. */
export function spagent(...words: string[]): Promise<CliResult> {
  return runSpagent(new AbortController().signal, ...words);
}

/** @param interrupted aborts when the user presses Ctrl-C. */
export async function runSpagent(interrupted: AbortSignal, ...words: string[]): Promise<CliResult> {
  let out = '';
  let note = '';
  const code = await run(words, {
    out: (text) => void (out += text),
    note: (text) => void (note += text),
    paint: (_tone, text) => text,
    redraw: (text) => void (out += text),
    isTerminal: false,
    interrupted,
  });
  return { code, out, note };
}
