import type { Reason } from '../api/reasons.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Condition } from '../api/status-schema.ts';

/** What stays as it is until a person changes the spec, or what it names. Everything else the operator tries again. */
const finalReasons: readonly string[] = [
  'RolledBack',
  'SpecInvalid',
  'ConfigRefused',
  'CompileFailed',
  'SourceInvalid',
  'FetchRefused',
  'DigestMismatch',
  'ModuleTooLarge',
  'NotWasm',
  'NoProxyWasmAbi',
  'UnknownImport',
] satisfies Reason[];

/** Why the present spec will not become Ready however long one waits; undefined if it still may. */
export function terminalFailure({ generation, status }: SpAgent): Condition | undefined {
  return status.conditions?.find(
    (condition) =>
      condition.type === 'Degraded' &&
      condition.status === 'True' &&
      condition.observedGeneration === generation &&
      finalReasons.includes(condition.reason),
  );
}
