import type { Action } from '../api/actions.ts';
import { durationSeconds } from '../api/units.ts';
import type { Standard } from './direction.ts';
import { secondsToRenewal } from './deadline.ts';
import type { Judged } from './judge.ts';
import { recordTime } from './record-time.ts';

export interface Renewals {
  readonly actions: readonly Action[];
  /** Seconds until the next one; undefined if none is under way. */
  readonly requeueSeconds: number | undefined;
}

/**
 * A step's time must not run out while the workload's owner has it paused. So the step is written again, with the present
 * time and else the same, from time to time: whoever leads when it is resumed finds time left.
 */
export function renewPausedSteps(judged: readonly Judged[], standard: Standard): Renewals {
  const { snapshot } = standard;
  const since = recordTime(snapshot);
  const actions: Action[] = [];
  const waits: number[] = [];
  for (const { workload, verdict } of judged) {
    if (verdict.state !== 'Blocked' || verdict.reason !== 'WorkloadPaused') continue;
    const { kind, name, step } = workload;
    const seconds = secondsToRenewal(workload, standard);
    if (step === undefined || seconds === undefined) continue;
    if (seconds <= 0) {
      const renewed = { ...step, since };
      actions.push({ kind: 'SetWorkloadRevision', workloadKind: kind, workloadName: name, step: renewed });
    }
    waits.push(seconds > 0 ? seconds : durationSeconds(snapshot.agent.spec.rollout.progressDeadline) / 2);
  }
  return { actions, requeueSeconds: waits.length === 0 ? undefined : Math.min(...waits) };
}
