import { podShare, statusCount, type WorkloadKind } from './kind.ts';

export const statefulSet = {
  apiVersion: 'apps/v1',
  plural: 'statefulsets',
  mergesContainers: true,
  count: (object) => ({
    desired: object.spec.replicas ?? 1,
    updated: statusCount(object, 'updatedReplicas'),
    ready: statusCount(object, 'readyReplicas'),
    total: statusCount(object, 'replicas'),
  }),
  maxUnavailable: ({ spec }, desired) =>
    podShare(spec.updateStrategy?.rollingUpdate?.maxUnavailable, {
      of: desired,
      fallback: 1,
      round: Math.ceil,
    }),
  isPaused: () => false,
  oddity: ({ spec: { updateStrategy, replicas = 1 } }) => {
    if (updateStrategy?.type === 'OnDelete') return 'OnDelete';
    if ((updateStrategy?.rollingUpdate?.partition ?? 0) > 0) return 'Partitioned';
    // Its pods are replaced in place.
    return replicas === 1 ? 'NoSurge' : undefined;
  },
} as const satisfies WorkloadKind;
