import { podShare, statusCount, type WorkloadKind, type WorkloadObject } from './kind.ts';

export const deployment = {
  apiVersion: 'apps/v1',
  plural: 'deployments',
  count: (object) => ({
    desired: object.spec.replicas ?? 1,
    updated: statusCount(object, 'updatedReplicas'),
    ready: statusCount(object, 'readyReplicas'),
    total: statusCount(object, 'replicas'),
  }),
  maxUnavailable,
  isPaused: ({ spec }) => spec.paused === true,
  oddity: (object) => {
    const { strategy, replicas = 1 } = object.spec;
    if (strategy?.type === 'Recreate') return 'Recreate';
    return replicas === 1 && maxSurge(object, 1) === 0 ? 'NoSurge' : undefined;
  },
} as const satisfies WorkloadKind;

/** Kubernetes' own defaults and rounding: a share of surge is rounded up, one of unavailability down. */
function maxSurge({ spec }: WorkloadObject, desired: number): number {
  const share = spec.strategy?.rollingUpdate?.maxSurge;
  return podShare(share, { of: desired, fallback: '25%', round: Math.ceil });
}

function maxUnavailable(object: WorkloadObject, desired: number): number {
  const share = object.spec.strategy?.rollingUpdate?.maxUnavailable;
  const pods = podShare(share, { of: desired, fallback: '25%', round: Math.floor });
  // Without any leeway there would be no progress.
  return pods === 0 && maxSurge(object, desired) === 0 ? 1 : pods;
}
