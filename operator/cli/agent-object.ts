import { agentKind, groupVersion } from '../api/names.ts';
import { parseAgent } from '../api/parse.ts';
import type { SpAgent } from '../api/schema.ts';

export interface AgentObject {
  readonly apiVersion?: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
}

/**
 * An agent as a person writes it, refused where the API server would refuse it by its schema. What the API server would
 * add is filled in: it has no part in rendering.
 */
export function readAgentObject(
  object: AgentObject,
): { readonly agent: SpAgent } | { readonly error: string } {
  const parsed = parseAgent({ ...object, metadata: { uid: '', creationTimestamp: '', ...object.metadata } });
  if ('error' in parsed) return { error: parsed.error };
  const { agent } = parsed;
  const complaint = versionComplaint(object.apiVersion);
  return complaint === undefined
    ? { agent }
    : { error: `${agentKind} ${agent.namespace}/${agent.name}: ${complaint}` };
}

function versionComplaint(apiVersion: unknown): string | undefined {
  if (apiVersion === groupVersion) return undefined;
  return `apiVersion is ${JSON.stringify(apiVersion) ?? 'missing'}; this spagent reads ${groupVersion}`;
}
