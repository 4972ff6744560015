import type { Problem } from './problem.ts';
import { isFinal } from './reasons.ts';
import type { Condition } from './status-schema.ts';

/** Every type of condition, with the meaning of True. */
export const conditionTypes = {
  FilterReady: 'The filter’s module is built or fetched, checked, stored and served.',
  ResourcesApplied: 'Istio’s resources for it are in the cluster as wanted.',
  Progressing: 'A revision is being rolled out or rolled back.',
  Available: 'Every selected workload runs the stable revision.',
  Degraded: 'Something failed that needs a person; the message says what.',
  BackendReachable:
    'The backend answers the calls of the filters. It does not affect Ready: traffic passes without a backend.',
  Reconciling:
    'The operator works on it, or waits for something that may come by itself; for kstatus, which Flux and others use.',
  Stalled:
    'It stays as it is until a person changes the spec, or what the spec names; for kstatus, which Flux and others use.',
  Ready: 'The summary: all pods run the revision of the current spec, and nothing is wrong.',
} as const;

export type ConditionType = keyof typeof conditionTypes;

/** What a condition is to say. */
export interface Finding extends Problem {
  readonly status: Condition['status'];
}

export type Findings = Readonly<Record<Exclude<ConditionType, 'Reconciling' | 'Stalled' | 'Ready'>, Finding>>;

/**
 * The conditions for the status, `Ready` last. `lastTransitionTime` moves with the condition's status alone, so that a
 * status that says nothing new is not written.
 * @param at what was looked at, and when, in milliseconds.
 */
export function conditionsOf(
  findings: Findings,
  previous: readonly Condition[],
  at: { readonly generation: number; readonly now: number },
): Condition[] {
  // The API server accepts full seconds only.
  const time = new Date(Math.floor(at.now / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const all = Object.entries({ ...findings, ...summaryOf(findings) });
  return all.map(([type, finding]) => {
    const former = previous.find((condition) => condition.type === type);
    const isSame = former?.status === finding.status;
    return {
      type,
      status: finding.status,
      reason: finding.reason,
      message: finding.message,
      lastTransitionTime: isSame ? former.lastTransitionTime : time,
      observedGeneration: at.generation,
    };
  });
}

/** Since when the condition Progressing is True, RFC 3339; undefined while it is not. */
export function progressingSince(conditions: readonly Condition[] = []): string | undefined {
  return conditions.find(({ type, status }) => type === 'Progressing' && status === 'True')
    ?.lastTransitionTime;
}

/**
 * The conditions that tools read which know nothing of SpAgents: one of the three is True. kstatus takes Reconciling for in progress, Stalled
 * for failed (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md).
 */
function summaryOf(findings: Findings): Readonly<Record<'Reconciling' | 'Stalled' | 'Ready', Finding>> {
  const ready = readyOf(findings);
  const { Degraded } = findings;
  const isStalled = Degraded.status === 'True' && isFinal(Degraded.reason);
  const no: Finding = { status: 'False', reason: 'AsExpected', message: 'see Ready' };
  const isReady = ready.status === 'True';
  return {
    Reconciling: isReady || isStalled ? no : { ...ready, status: 'True' },
    Stalled: isStalled ? Degraded : no,
    Ready: ready,
  };
}

/**
 * The summary, as kstatus (`kubectl wait`, Flux, Argo CD) reads it: True is Current, all else is in progress or failed. It
 * has the reason of the first obstacle: what failed, then what is missing, then what is in progress.
 */
export function readyOf(findings: Findings): Finding {
  const { Degraded, FilterReady, ResourcesApplied, Progressing, Available } = findings;
  const obstacle = [
    Degraded.status === 'True' ? Degraded : undefined,
    FilterReady.status === 'True' ? undefined : FilterReady,
    ResourcesApplied.status === 'True' ? undefined : ResourcesApplied,
    Progressing.status === 'True' ? Progressing : undefined,
    Available.status === 'True' ? undefined : Available,
  ].find((finding) => finding !== undefined);
  if (!obstacle) return { ...Available, status: 'True' };
  return { ...obstacle, status: obstacle.status === 'Unknown' ? 'Unknown' : 'False' };
}
