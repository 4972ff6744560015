import type { Action } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';

/** How far one step of a rollout has come. */
export type Verdict =
  | { readonly state: 'Done' }
  /** Not begun. */
  | { readonly state: 'Todo' }
  /** `secondsLeft`: to its deadline; undefined if it has none. */
  | {
      readonly state: 'UnderWay';
      readonly message: string;
      readonly since: string | undefined;
      readonly secondsLeft: number | undefined;
    }
  | ({ readonly state: 'Failed' } & Problem)
  /** Data is missing, which neither passes nor fails. */
  | { readonly state: 'Inconclusive'; readonly message: string }
  /** Somebody else must act first. */
  | ({ readonly state: 'Blocked' } & Problem)
  /** It cannot be taken, and the other steps neither wait nor answer for it. */
  | { readonly state: 'Skipped'; readonly message: string };

/** What a step that is not taken yet waits for, or its actions. */
export type Taken =
  | { readonly waitsFor: string }
  | { readonly actions: readonly Action[]; readonly since: string; readonly message: string };

/** One step of a rollout, in one snapshot. Each kind of step has a file in `steps/`, and a line in `steps/order.ts`. */
export interface Step {
  /** `Deployment shop/checkout` */
  readonly name: string;
  judge(): Verdict;
  take(): Taken;
  /** Keeps a blocked step's time from running out. Undefined: there is nothing to renew. */
  renew(): Renewal | undefined;
}

export interface Renewal {
  readonly actions: readonly Action[];
  /** Seconds until the next renewal. */
  readonly nextLook: number;
}

export interface JudgedStep {
  readonly step: Step;
  readonly verdict: Verdict;
}
