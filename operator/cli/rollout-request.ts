import type { SpAgent } from '../api/schema.ts';
import { patchAgent, readAgent } from './agents.ts';
import type { Connection } from './cluster-command.ts';
import { Failure } from './failure.ts';

/** The rollout that a person sees when the command is given. */
export interface CurrentRollout {
  readonly agent: SpAgent;
  /** `SpAgent shop/checkout` */
  readonly title: string;
  readonly revision: string;
  readonly isFailed: boolean;
}

/**
 * Asks something of the rollout of the present revision, by annotations. Each names the revision that is meant, so that a request that
 * comes late, or twice, cannot hit another rollout; tools that own the spec leave annotations alone.
 */
export async function requestOfRollout(
  connection: Connection,
  name: string,
  annotationsFor: (rollout: CurrentRollout) => Readonly<Record<string, string | null>>,
): Promise<CurrentRollout> {
  const { agent } = await readAgent(connection, name);
  const title = `SpAgent ${connection.namespace}/${name}`;
  const { targetRevision, history = [] } = agent.status;
  if (targetRevision === undefined) {
    throw new Failure(`${title}: its spec has no revision yet; see spagent status ${name}`);
  }
  const isFailed = history.find(({ revision }) => revision === targetRevision)?.outcome === 'Failed';
  const rollout = { agent, title, revision: targetRevision, isFailed };
  await patchAgent(connection, name, { metadata: { annotations: annotationsFor(rollout) } });
  return rollout;
}
