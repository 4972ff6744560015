import { statusCount, type WorkloadKind } from './kind.ts';

export const daemonSet = {
  apiVersion: 'apps/v1',
  plural: 'daemonsets',
  count: (object) => ({
    desired: statusCount(object, 'desiredNumberScheduled'),
    updated: statusCount(object, 'updatedNumberScheduled'),
    ready: statusCount(object, 'numberReady'),
    total: statusCount(object, 'currentNumberScheduled'),
  }),
  isPaused: ({ spec }) => spec.updateStrategy?.type === 'OnDelete',
} as const satisfies WorkloadKind;
