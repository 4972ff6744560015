import type { Action } from '../api/actions.ts';
import { workloadKey } from '../api/names.ts';
import type { SpAgentSpec } from '../api/schema.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { profileSettings } from '../render/backend/profile.ts';

/**
 * The event that says what mode Cache, the default, does to a live workload. Once for each generation of the spec and each module, and when
 * the first workload with pods appears: the status remembers these.
 */
export function cacheNotice({ agent, artifact, workloads }: Snapshot): Action[] {
  const { spec, status, generation } = agent;
  const live = workloads.find(({ desired }) => desired > 0);
  // A filter of another author has modes of its own.
  if (live === undefined || artifact.state !== 'Ready' || !artifact.artifact.readsSpec) return [];
  const isKnown =
    status.observedGeneration === generation &&
    status.filter?.digest === artifact.artifact.digest &&
    status.workloads?.some(({ desired }) => desired > 0);
  if (isKnown || !replaysWithoutSession(spec)) return [];
  const message = `spec.mode is Cache: a request of ${workloadKey(live.kind, live.name)} that is repeated gets the response that the backend has of it, even if upstream would answer differently by now; spec.mode: Record only records. docs/modes.md says which requests`;
  return [{ kind: 'Event', type: 'Normal', reason: 'CacheMode', message }];
}

/** Whether requests outside of a session, which nobody asked to replay, get recorded responses. */
function replaysWithoutSession(spec: SpAgentSpec): boolean {
  const { mode, direction, lookup } = spec;
  if (mode !== 'Cache' || profileSettings(spec).when === 'Session' || lookup.methods?.length === 0)
    return false;
  return direction !== 'Inbound' || lookup.cacheRules === 'None';
}
