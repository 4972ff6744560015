import type { SpAgentStatus } from '../operator/api/status-schema.ts';

/** Whether an SpAgent is Ready. */
export function isReady(status: SpAgentStatus | undefined): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}
