import { podShare, statusCount, type WorkloadKind } from './kind.ts';

export const daemonSet = {
  apiVersion: 'apps/v1',
  plural: 'daemonsets',
  mergesContainers: true,
  count: (object) => ({
    desired: statusCount(object, 'desiredNumberScheduled'),
    updated: statusCount(object, 'updatedNumberScheduled'),
    ready: statusCount(object, 'numberReady'),
    total: statusCount(object, 'currentNumberScheduled'),
  }),
  maxUnavailable: ({ spec }, desired) => {
    const { maxUnavailable, maxSurge } = spec.updateStrategy?.rollingUpdate ?? {};
    // With a surge, Kubernetes wants none to be unavailable; a node that is down still is.
    const fallback = maxSurge === undefined || maxSurge === 0 ? 1 : maxSurge;
    return podShare(maxUnavailable === 0 ? undefined : maxUnavailable, {
      of: desired,
      fallback,
      round: Math.ceil,
    });
  },
  isPaused: () => false,
  oddity: ({ spec }) => (spec.updateStrategy?.type === 'OnDelete' ? 'OnDelete' : undefined),
} as const satisfies WorkloadKind;
