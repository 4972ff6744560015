import type { Decision } from '../api/actions.ts';
import { conditionsOf, type Finding } from '../api/conditions.ts';
import type { Reason } from '../api/reasons.ts';
import type { UnobservedAgent } from '../api/snapshot.ts';

/** Nothing is done. The status keeps what was known, and reports that it may be outdated. */
export function decideUnobserved({ identity, failure, status, now }: UnobservedAgent): Decision {
  const { generation } = identity;
  const previous = status.conditions ?? [];
  const unknown: Finding = { status: 'Unknown', ...failure };
  const known = (type: string): Finding => {
    const condition = previous.find((one) => one.type === type);
    return condition ? { ...condition, reason: condition.reason as Reason } : unknown;
  };
  const findings = {
    FilterReady: known('FilterReady'),
    ResourcesApplied: known('ResourcesApplied'),
    Progressing: known('Progressing'),
    Available: known('Available'),
    BackendReachable: known('BackendReachable'),
    Degraded: { status: 'True', ...failure },
  } as const;
  return {
    actions: [],
    status: { ...status, conditions: conditionsOf(findings, previous, { generation, now }) },
    question: undefined,
    nextLook: undefined,
  };
}
