import type { Decision } from '../api/actions.ts';
import { conditionsOf, type Finding } from '../api/conditions.ts';
import type { Reason } from '../api/reasons.ts';
import type { RefusedAgent } from '../api/snapshot.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';

/**
 * For an agent whose spec the CRD accepted and we cannot read, of a CRD of another version, say, or whose namespace is excluded. Its
 * resources and pods are left as they are; the next look comes with the next change of the agent.
 */
export function decideRefusal(observed: RefusedAgent): Decision {
  const { problem, status } = observed;
  const { reason, message } = problem;
  const degraded = status.conditions?.find(({ type }) => type === 'Degraded');
  const isReported = degraded?.reason === reason && degraded.message === message;
  return {
    actions: isReported ? [] : [[{ kind: 'Event', type: 'Warning', reason, message }]],
    status: refusedStatus(observed),
    question: undefined,
    nextLook: undefined,
  };
}

function refusedStatus({ identity, problem, status, now }: RefusedAgent): SpAgentStatus {
  const { reason, message } = problem;
  const previous = status.conditions ?? [];
  const known = (type: 'FilterReady' | 'Available' | 'BackendReachable'): Finding => {
    const condition = previous.find((one) => one.type === type);
    return condition
      ? { ...condition, reason: condition.reason as Reason }
      : { status: 'Unknown', reason, message };
  };
  const findings = {
    FilterReady: known('FilterReady'),
    ResourcesApplied: { status: 'False', reason, message },
    Progressing: { status: 'False', reason, message },
    Available: known('Available'),
    Degraded: { status: 'True', reason, message },
    BackendReachable: known('BackendReachable'),
  } as const;
  const { generation } = identity;
  return {
    ...status,
    observedGeneration: generation,
    conditions: conditionsOf(findings, previous, { generation, now }),
  };
}
