import { rollingLeeway, statusCount, type WorkloadKind } from './kind.ts';

export const deployment = {
  apiVersion: 'apps/v1',
  plural: 'deployments',
  mergesContainers: true,
  count: (object) => ({
    desired: object.spec.replicas ?? 1,
    updated: statusCount(object, 'updatedReplicas'),
    ready: statusCount(object, 'readyReplicas'),
    total: statusCount(object, 'replicas'),
  }),
  maxUnavailable: ({ spec }, desired) => rollingLeeway(spec.strategy?.rollingUpdate, desired).unavailable,
  isPaused: ({ spec }) => spec.paused === true,
  oddity: ({ spec: { strategy, replicas = 1 } }) => {
    if (strategy?.type === 'Recreate') return 'Recreate';
    return replicas === 1 && rollingLeeway(strategy?.rollingUpdate, 1).surge === 0 ? 'NoSurge' : undefined;
  },
} as const satisfies WorkloadKind;
