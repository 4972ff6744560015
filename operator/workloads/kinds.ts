import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import type { WorkloadKind } from './kind.ts';
import { statefulSet } from './stateful-set.ts';

/** Every kind of workload whose pods can get the filter. The chart's ClusterRole grants what each needs. */
export const workloadKinds = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
} as const satisfies Record<string, WorkloadKind>;

export type WorkloadKindName = keyof typeof workloadKinds;

export const workloadKindNames = Object.keys(workloadKinds) as WorkloadKindName[];

export function isWorkloadKind(name: string): name is WorkloadKindName {
  return Object.hasOwn(workloadKinds, name);
}
