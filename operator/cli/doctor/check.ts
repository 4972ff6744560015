import type { Facts } from './facts.ts';

/** What a check found. Each problem comes with what to do about it. */
export type Diagnosis =
  | { readonly state: 'Good'; readonly message: string }
  | { readonly state: 'Bad' | 'Doubtful'; readonly message: string; readonly remedy: string }
  /** The check could not run, as something else is missing. */
  | { readonly state: 'Skipped'; readonly message: string };

export interface Check {
  /** Names its section in docs/troubleshooting.md. Never given to another check. */
  readonly code: string;
  readonly name: string;
  /** Without it the checks below cannot find anything. */
  readonly isVital?: boolean;
  run(facts: Facts): Promise<Diagnosis>;
}
