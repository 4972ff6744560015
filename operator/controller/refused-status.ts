import { conditionsOf, type Finding } from '../api/conditions.ts';
import type { Refusal } from '../api/parse.ts';
import type { Reason } from '../api/reasons.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';

const reason = 'SpecInvalid' satisfies Reason;

/**
 * The status of an agent whose spec the CRD took and we cannot read: a CRD of another version, say. What was known of it
 * stands; its resources and pods are left as they are.
 */
export function refusedStatus(
  { error: message, status }: Refusal,
  at: { readonly generation: number; readonly now: number },
): SpAgentStatus {
  const previous = status.conditions ?? [];
  const former = (type: 'FilterReady' | 'Available'): Finding => {
    const known = previous.find((condition) => condition.type === type);
    return known ? { ...known, reason: known.reason as Reason } : { status: 'Unknown', reason, message };
  };
  const findings = {
    FilterReady: former('FilterReady'),
    ResourcesApplied: { status: 'False', reason, message },
    Progressing: { status: 'False', reason, message },
    Available: former('Available'),
    Degraded: { status: 'True', reason, message },
  } as const;
  return {
    ...status,
    observedGeneration: at.generation,
    conditions: conditionsOf(findings, previous, at),
  };
}

/** Whether the status does not say it yet. */
export function isNewRefusal({ error, status }: Refusal): boolean {
  const degraded = status.conditions?.find(({ type }) => type === 'Degraded');
  return degraded?.reason !== reason || degraded.message !== error;
}
