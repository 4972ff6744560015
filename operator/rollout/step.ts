import type { Action, StepProgress } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import type { RolloutMemory } from '../api/rollout-memory.ts';

/** How far one step of a rollout has come. */
export type Verdict =
  /** `remark`: what people should know of it. */
  | { readonly state: 'Done'; readonly remark?: Problem }
  /** Not begun. */
  | { readonly state: 'Todo' }
  /** `secondsLeft`: to its deadline; undefined if none runs. */
  | {
      readonly state: 'UnderWay';
      readonly message: string;
      readonly since: string | undefined;
      readonly secondsLeft: number | undefined;
      readonly progress?: StepProgress;
    }
  | ({ readonly state: 'Failed' } & Problem)
  /** Data is missing, which neither passes nor fails. `secondsLeft`: until it may be known without an event. */
  | { readonly state: 'Inconclusive'; readonly message: string; readonly secondsLeft?: number }
  /** Somebody undid it. The others do not wait for it. `secondsLeft`: until it is tried again; undefined: it waits for a change. */
  | ({ readonly state: 'Blocked'; readonly secondsLeft: number | undefined } & Problem)
  /** The operator does not take it, and the others neither wait nor answer for it. */
  | ({ readonly state: 'Skipped' } & Problem);

/** What a step that is not taken yet waits for, or how it is taken. */
export type Taken =
  | { readonly waitsFor: string }
  | {
      readonly actions: readonly Action[];
      readonly since: string;
      readonly message: string;
      readonly memory: RolloutMemory;
    };

/** One step of a rollout, in one snapshot. Each kind of step has a file in `steps/`, and a line in `steps/order.ts`. */
export interface Step {
  /** `Deployment shop/checkout` */
  readonly name: string;
  /** Key of its workload, see `workloadKey`; undefined for a step that is not of one workload. */
  readonly workload: string | undefined;
  judge(): Verdict;
  /** @param memory as it stands before the step. */
  take(memory: RolloutMemory): Taken;
  /** @returns the memory, with what is to be remembered of this verdict. */
  record(memory: RolloutMemory, verdict: Verdict): RolloutMemory;
}

export interface JudgedStep {
  readonly step: Step;
  readonly verdict: Verdict;
}

/** A step of one workload. */
export type WorkloadStep = Step & { readonly workload: string };

export function isOfWorkload(judged: JudgedStep): judged is JudgedStep & { readonly step: WorkloadStep } {
  return judged.step.workload !== undefined;
}

export function isSkipped(
  judged: JudgedStep,
): judged is JudgedStep & { readonly verdict: Extract<Verdict, { state: 'Skipped' }> } {
  return judged.verdict.state === 'Skipped';
}

export function isBlocked(
  judged: JudgedStep,
): judged is JudgedStep & { readonly verdict: Extract<Verdict, { state: 'Blocked' }> } {
  return judged.verdict.state === 'Blocked';
}
