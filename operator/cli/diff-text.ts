import type { Terminal } from './terminal.ts';

/** A unified diff in colours. */
export function diffText(difference: string, paint: Terminal['paint']): string {
  return difference
    .split('\n')
    .map((line) => {
      if (line.startsWith('+')) return paint('good', line);
      return line.startsWith('-') ? paint('bad', line) : line;
    })
    .join('\n');
}
