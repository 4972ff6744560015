import { daemonSet } from './daemon-set.ts';
import { deployment } from './deployment.ts';
import type { WorkloadKind } from './kind.ts';
import { rollout } from './rollout.ts';
import { statefulSet } from './stateful-set.ts';

/** Kinds whose CRD a cluster may lack, or get later. */
const customKinds = {
  Rollout: rollout,
} as const satisfies Record<string, WorkloadKind>;

/** Every kind of workload whose pods can get the filter. The chart's ClusterRole grants what each needs. */
export const workloadKinds = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  ...customKinds,
} as const satisfies Record<string, WorkloadKind>;

export type WorkloadKindName = keyof typeof workloadKinds;

export const workloadKindNames = Object.keys(workloadKinds) as WorkloadKindName[];

export type CustomWorkloadKind = keyof typeof customKinds;

export const customWorkloadKinds = Object.keys(customKinds) as CustomWorkloadKind[];

export function isWorkloadKind(name: string): name is WorkloadKindName {
  return Object.hasOwn(workloadKinds, name);
}

export function isCustomWorkloadKind(name: string): name is CustomWorkloadKind {
  return Object.hasOwn(customKinds, name);
}
