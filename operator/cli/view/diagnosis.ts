import type { Check, Diagnosis } from '../doctor/check.ts';
import type { Tone } from './table.ts';

const marks: Readonly<Record<Diagnosis['state'], { readonly mark: string; readonly tone: Tone }>> = {
  Good: { mark: '✓', tone: 'good' },
  Bad: { mark: '✗', tone: 'bad' },
  Doubtful: { mark: '!', tone: 'pending' },
  Skipped: { mark: '-', tone: 'faint' },
};

/** What one check found, and where it is explained. */
export type Finding = Diagnosis & { readonly code: string; readonly name: string; readonly link: string };

export function findingOf({ code, name }: Pick<Check, 'code' | 'name'>, diagnosis: Diagnosis): Finding {
  return { code, name, ...diagnosis, link: `docs/troubleshooting.md#${code.toLowerCase()}` };
}

/** One line of what was found, and below it what to do and where it is explained. */
export function diagnosisText(finding: Finding, paint: (tone: Tone, text: string) => string): string {
  const { mark, tone } = marks[finding.state];
  const remedy = 'remedy' in finding ? `  → ${finding.remedy} (${finding.link})\n` : '';
  return `${paint(tone, mark)} ${finding.name}: ${finding.message}\n${remedy}`;
}
