import { z } from 'zod';

/** What `npm audit --json` writes where the registry answers; elsewhere it writes a `message`. */
const report = z.object({
  vulnerabilities: z.record(
    z.string(),
    z.object({ severity: z.enum(['info', 'low', 'moderate', 'high', 'critical']), range: z.string() }),
  ),
});
const refusal = z.object({ message: z.string() });

export interface Verdict {
  readonly state: 'Passed' | 'Failed' | 'Skipped';
  /** One line for each finding, or why there is no answer. */
  readonly lines: readonly string[];
}

/** Fails for advisories that are high or critical. A registry without advisories is no reason to fail. */
export function judgeReport(text: string): Verdict {
  const parsed = parseJson(text);
  const found = report.safeParse(parsed);
  if (found.success) {
    const grave = Object.entries(found.data.vulnerabilities).filter(([, { severity }]) =>
      ['high', 'critical'].includes(severity),
    );
    const lines = grave.map(([name, { severity, range }]) => `${name} ${range}: ${severity}`);
    return { state: grave.length === 0 ? 'Passed' : 'Failed', lines };
  }
  const answer = refusal.safeParse(parsed);
  const reason = answer.success ? answer.data.message : 'npm audit gave no report';
  // The address of the registry is the machine's own matter.
  return { state: 'Skipped', lines: [reason.replace(/ - \w+ https?:\/\/\S+/, '')] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
