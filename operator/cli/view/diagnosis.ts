import type { Diagnosis } from '../doctor/check.ts';
import type { Tone } from './table.ts';

const marks: Readonly<Record<Diagnosis['state'], { readonly mark: string; readonly tone: Tone }>> = {
  Good: { mark: '✓', tone: 'good' },
  Bad: { mark: '✗', tone: 'bad' },
  Doubtful: { mark: '!', tone: 'pending' },
  Skipped: { mark: '-', tone: 'faint' },
};

/** One line of what was found, and below it what to do. */
export function diagnosisText(
  name: string,
  diagnosis: Diagnosis,
  paint: (tone: Tone, text: string) => string,
): string {
  const { mark, tone } = marks[diagnosis.state];
  const remedy = 'remedy' in diagnosis ? `  → ${diagnosis.remedy}\n` : '';
  return `${paint(tone, mark)} ${name}: ${diagnosis.message}\n${remedy}`;
}
