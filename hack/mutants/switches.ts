import type { Mutant } from './mutate.ts';

/** A mutant with its number in a run. */
export interface NumberedMutant extends Mutant {
  readonly id: number;
}

/** The file's text with one mutant. */
export function withMutant({ text, start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/**
 * The file's text with all of its mutants, each behind a switch `isMutant(ID)`: one process tries them one after the other, without
 * loading anything again.
 */
export function withSwitches(mutants: readonly NumberedMutant[]): string {
  const text = mutants[0]?.text ?? '';
  // Outer expressions before those inside of them.
  const sorted = [...mutants].sort((a, b) => a.start - b.start || b.end - a.end);
  let next = 0;
  const emit = (start: number, end: number): string => {
    let result = '';
    let at = start;
    for (let mutant = sorted[next]; mutant !== undefined && mutant.start < end; mutant = sorted[next]) {
      const { start: from, end: to } = mutant;
      const same = sorted.filter((other) => other.start === from && other.end === to);
      next += same.length;
      const choices = same.map(({ id, replacement }) => `isMutant(${id}) ? (${replacement}) : `);
      result += `${text.slice(at, from)}(${choices.join('')}(${emit(from, to)}))`;
      at = to;
    }
    return result + text.slice(at, end);
  };
  return emit(0, text.length);
}
