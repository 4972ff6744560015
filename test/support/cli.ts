import { run } from '../../operator/cli/run.ts';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly note: string;
}

/** Runs a command line as in a pipe: no colours. */
export async function spagent(...words: string[]): Promise<CliResult> {
  let out = '';
  let note = '';
  const code = await run(words, {
    out: (text) => void (out += text),
    note: (text) => void (note += text),
    paint: (_tone, text) => text,
    isTerminal: false,
    interrupted: new AbortController().signal,
  });
  return { code, out, note };
}
