import type { OwnUpdate } from '../api/workload.ts';
import { rollingLeeway, statusCount, type WorkloadKind, type WorkloadObject } from './kind.ts';

/**
 * The Rollout of Argo Rollouts, whose controller takes a changed template through the steps that its owner wrote: canary or blue-green.
 * Fields: https://argo-rollouts.readthedocs.io/en/stable/features/specification/
 */
export const rollout = {
  apiVersion: 'argoproj.io/v1alpha1',
  plural: 'rollouts',
  // Older CRDs take the list as one value. And `kubectl apply` and Argo CD replace it in custom resources: each would take the keys away
  // again, and start an update by that.
  mergesContainers: false,
  count: (object) => {
    const updated = statusCount(object, 'updatedReplicas');
    const total = statusCount(object, 'replicas');
    const ready = statusCount(object, 'readyReplicas');
    const kept = keepsOldPods(object) && isPromoted(object) ? Math.max(0, total - updated) : 0;
    return {
      desired: object.spec.replicas ?? 1,
      updated,
      // Of a blue-green Rollout, the status counts those that are ready behind the active Service alone.
      ready: isBlueGreen(object) ? ready : Math.max(0, ready - kept),
      total: total - kept,
    };
  },
  maxUnavailable: ({ spec: { strategy } }, desired) =>
    strategy?.canary === undefined ? 0 : rollingLeeway(strategy.canary, desired).unavailable,
  isPaused: ({ spec }) => spec.paused === true,
  oddity: ({ spec: { workloadRef, strategy, replicas = 1 } }) => {
    if (workloadRef !== undefined) return 'TemplateElsewhere';
    const { canary } = strategy ?? {};
    if (canary === undefined || canary.trafficRouting !== undefined) return undefined;
    return replicas === 1 && rollingLeeway(canary, 1).surge === 0 ? 'NoSurge' : undefined;
  },
  ownUpdate,
  templateSource: ({ metadata, spec: { workloadRef }, status }) => {
    if (workloadRef === undefined) return undefined;
    const { currentPodHash } = (status ?? {}) as RolloutStatus;
    const { kind, name } = workloadRef;
    return { kind, name, replicaSet: currentPodHash && `${metadata.name}-${currentPodHash}` };
  },
} as const satisfies WorkloadKind;

/** The CRD types these fields, so that the API server has checked them. */
interface RolloutStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly abort?: boolean;
  /** Hash of the present template, and of the one that all traffic goes to. */
  readonly currentPodHash?: string;
  readonly stableRS?: string;
  readonly currentStepIndex?: number;
  readonly pauseConditions?: readonly unknown[];
  readonly restartedAt?: string;
  readonly blueGreen?: {
    readonly activeSelector?: string;
    readonly prePromotionAnalysisRunStatus?: AnalysisStatus;
    readonly postPromotionAnalysisRunStatus?: AnalysisStatus;
  };
}

interface AnalysisStatus {
  readonly status?: string;
}

function statusOf({ status }: WorkloadObject): RolloutStatus {
  return status ?? {};
}

/** Its old pods stay for `scaleDownDelaySeconds` after the update, so that its owner can switch back at once. */
function keepsOldPods(object: WorkloadObject): boolean {
  return isBlueGreen(object) || object.spec.strategy?.canary?.trafficRouting !== undefined;
}

function isBlueGreen({ spec }: WorkloadObject): boolean {
  return spec.strategy?.blueGreen !== undefined;
}

/** All steps are done: the present template is the stable one. */
function isPromoted(object: WorkloadObject): boolean {
  const { currentPodHash = '', stableRS, blueGreen } = statusOf(object);
  return (
    currentPodHash !== '' &&
    stableRS === currentPodHash &&
    (!isBlueGreen(object) || blueGreen?.activeSelector === currentPodHash)
  );
}

/**
 * An invalid spec is Degraded too, and its controller then does nothing with the Rollout. One that somebody asks to abort is Degraded as
 * soon as its controller has done so, and says why.
 */
function ownUpdate(object: WorkloadObject): OwnUpdate | undefined {
  const { phase = 'Progressing', message = '', abort } = statusOf(object);
  const text = message === '' ? phase : `${phase}: ${message}`;
  if (phase === 'Degraded') return { state: abort === true ? 'Aborted' : 'Degraded', message: text };
  if (isPromoted(object)) return isRestarting(object) ? { state: 'InProgress', message: text } : undefined;
  return { state: isWaiting(object) ? 'Waiting' : 'InProgress', message: text };
}

/** Its owner asked for new pods of the same template. */
function isRestarting(object: WorkloadObject): boolean {
  const { restartAt } = object.spec;
  const { restartedAt = '' } = statusOf(object);
  return restartAt !== undefined && Date.parse(restartAt) !== Date.parse(restartedAt);
}

/** As long as its owner wants: a pause, for a time or a person, an analysis, an experiment. Its own deadline leaves them out too. */
function isWaiting(object: WorkloadObject): boolean {
  const { pauseConditions = [], currentStepIndex = 0, blueGreen } = statusOf(object);
  const step = object.spec.strategy?.canary?.steps?.[currentStepIndex];
  const analyses = [blueGreen?.prePromotionAnalysisRunStatus, blueGreen?.postPromotionAnalysisRunStatus];
  return (
    pauseConditions.length > 0 ||
    step?.analysis !== undefined ||
    step?.experiment !== undefined ||
    analyses.some((analysis) => analysis?.status === 'Pending' || analysis?.status === 'Running')
  );
}
