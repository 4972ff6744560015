import type { SpAgentStatus } from '../api/status-schema.ts';

/** A status without its counts of pods and its texts for people: what is left changes when a rollout takes a step, and not with each pod. */
export function outlineOf(status: SpAgentStatus): object {
  const { workloads = [], rollout, conditions = [] } = status;
  return {
    ...status,
    pods: undefined,
    rollout: { ...rollout, message: undefined, canary: undefined },
    workloads: workloads.map(({ kind, name, skipped }) => ({ kind, name, skipped: skipped?.reason })),
    conditions: conditions.map((one) => ({ ...one, message: undefined, lastTransitionTime: undefined })),
  };
}
