import { isFinal } from '../api/reasons.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Condition } from '../api/status-schema.ts';

/** Why the present spec will not become Ready however long one waits; undefined if it still may. */
export function terminalFailure({ generation, status }: SpAgent): Condition | undefined {
  return status.conditions?.find(
    (condition) =>
      condition.type === 'Degraded' &&
      condition.status === 'True' &&
      condition.observedGeneration === generation &&
      isFinal(condition.reason),
  );
}
