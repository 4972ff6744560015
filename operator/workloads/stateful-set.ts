import { statusCount, type WorkloadKind } from './kind.ts';

export const statefulSet = {
  apiVersion: 'apps/v1',
  plural: 'statefulsets',
  count: (object) => ({
    desired: object.spec.replicas ?? 1,
    updated: statusCount(object, 'updatedReplicas'),
    ready: statusCount(object, 'readyReplicas'),
    total: statusCount(object, 'replicas'),
  }),
  isPaused: ({ spec: { updateStrategy } }) =>
    updateStrategy?.type === 'OnDelete' || (updateStrategy?.rollingUpdate?.partition ?? 0) > 0,
} as const satisfies WorkloadKind;
