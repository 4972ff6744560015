import { statusCount, type WorkloadKind } from './kind.ts';

export const deployment = {
  apiVersion: 'apps/v1',
  plural: 'deployments',
  count: (object) => ({
    desired: object.spec.replicas ?? 1,
    updated: statusCount(object, 'updatedReplicas'),
    ready: statusCount(object, 'readyReplicas'),
    total: statusCount(object, 'replicas'),
  }),
  isPaused: ({ spec }) => spec.paused === true,
} as const satisfies WorkloadKind;
