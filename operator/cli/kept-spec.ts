import type { SpAgent, SpAgentSpec } from '../api/schema.ts';
import { Failure } from './failure.ts';
import { yamlText } from './print.ts';
import type { KeptRevision } from './revisions.ts';
import type { NamedText } from './view/changes.ts';

/** A revision with the spec that asked for it. */
export interface RevisionWithSpec {
  readonly number: number;
  readonly id: string;
  readonly agentSpec: SpAgentSpec;
}

/** @throws {Failure} that names the numbers that there are. */
export function revisionByNumber(
  agent: SpAgent,
  revisions: readonly KeptRevision[],
  number: number,
): RevisionWithSpec {
  const found = revisions.find((revision) => revision.number === number);
  if (found) return withSpec(agent, found);
  const numbers = revisions.map((revision) => revision.number).join(', ');
  throw new Failure(
    `SpAgent ${agent.namespace}/${agent.name}: no revision ${number}; there are: ${numbers || 'none'}`,
  );
}

/**
 * The revision to go back to: the stable one, or where that is the present one, the latest before it that did not fail.
 * @throws {Failure} if there is none.
 */
export function previousRevision(agent: SpAgent, revisions: readonly KeptRevision[]): RevisionWithSpec {
  const { targetRevision, stableRevision, history = [] } = agent.status;
  const present = revisions.find(({ id }) => id === targetRevision);
  const failed = new Set(
    history.filter(({ outcome }) => outcome === 'Failed').map(({ revision }) => revision),
  );
  const stable = revisions.find(({ id }) => id === stableRevision && id !== targetRevision);
  const previous =
    stable ??
    revisions.findLast(({ id, number }) => number < (present?.number ?? Infinity) && !failed.has(id));
  if (previous) return withSpec(agent, previous);
  throw new Failure(
    `SpAgent ${agent.namespace}/${agent.name}: no earlier revision that completed; spagent history ${agent.name} shows all`,
  );
}

function withSpec({ namespace, name }: SpAgent, { number, id, agentSpec }: KeptRevision): RevisionWithSpec {
  if (agentSpec) return { number, id, agentSpec };
  throw new Failure(
    `SpAgent ${namespace}/${name}: revision ${number} was created by an operator that kept no spec; apply your former YAML`,
  );
}

export function specText(spec: SpAgentSpec, name: string): NamedText {
  return { name, text: yamlText(spec) };
}
