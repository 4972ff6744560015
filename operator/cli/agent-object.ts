import { agentKind, groupVersion } from '../api/names.ts';
import { parseAgent } from '../api/parse.ts';
import type { SpAgent } from '../api/schema.ts';

/** For commands that judge an object without asking the API server. */
export const uncheckedRulesHelp =
  "\nWithout a cluster, the API server's own rules are not checked: use kubectl apply --dry-run=server";

const topFields = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

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
  const complaint = versionComplaint(object.apiVersion) ?? fieldComplaint(object, agent);
  return complaint === undefined
    ? { agent }
    : { error: `${agentKind} ${agent.namespace}/${agent.name}: ${complaint}` };
}

function versionComplaint(apiVersion: unknown): string | undefined {
  if (apiVersion === groupVersion) return undefined;
  return `apiVersion is ${JSON.stringify(apiVersion) ?? 'missing'}; this spagent reads ${groupVersion}`;
}

function fieldComplaint(object: AgentObject, { spec }: SpAgent): string | undefined {
  const unknown = [
    ...Object.keys(object).filter((key) => !topFields.includes(key)),
    ...unknownFields(object.spec, spec, 'spec'),
  ];
  if (unknown.length === 0) return undefined;
  return `unknown field ${unknown.join(', ')}; docs/reference.md lists all`;
}

/** Paths of what was given and is not in the parsed value, from which the schema drops what it does not know. */
function unknownFields(given: unknown, parsed: unknown, path: string): string[] {
  if (typeof given !== 'object' || given === null) return [];
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const fieldPath = Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    if (!Object.hasOwn(parsed, key)) return [fieldPath];
    return unknownFields(value, (parsed as Record<string, unknown>)[key], fieldPath);
  });
}
