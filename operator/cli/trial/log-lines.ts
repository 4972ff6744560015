import type { Terminal } from '../terminal.ts';
import { wasmLogLines } from '../view/wasm-log.ts';

/** Writes the filter's lines, and Envoy's own warnings, to standard error as they come. @returns a taker of pieces of the log. */
export function logTo(terminal: Terminal): (text: string) => void {
  let rest = '';
  return (text) => {
    const complete = (rest + text).split('\n');
    rest = complete.pop() ?? '';
    for (const { tone, line } of wasmLogLines(complete)) terminal.note(`${terminal.paint(tone, line)}\n`);
  };
}
