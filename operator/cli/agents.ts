import { parseAgent } from '../api/parse.ts';
import type { SpAgent } from '../api/schema.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath, objectPath } from '../cluster/kinds.ts';
import { listAll } from '../cluster/list-pages.ts';
import type { Connection } from './cluster-command.ts';
import { Failure } from './failure.ts';

/** The cluster, and the namespace that a command is about. */
type Place = Pick<Connection, 'client' | 'namespace'>;

/** An agent as the API server gives it, and as we understand it. */
export interface FoundAgent {
  readonly object: unknown;
  readonly agent: SpAgent;
}

/** @param namespace undefined: of all namespaces. */
export async function listAgents(
  client: ClusterClient,
  namespace: string | undefined,
): Promise<FoundAgent[]> {
  try {
    return (await listAll<unknown>(client, { path: collectionPath('SpAgent', namespace) })).map(found);
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
    throw new Failure('the cluster does not know SpAgent; run kubectl apply -f crds/ first', {
      cause: error,
    });
  }
}

/** Agents of all namespaces; of the connection's own where the user may not list all. */
export async function listVisibleAgents({ client, namespace }: Place): Promise<FoundAgent[]> {
  try {
    return await listAgents(client, undefined);
  } catch (error) {
    if (!hasCode(error, 403)) throw error;
    return listAgents(client, namespace);
  }
}

export async function readAgent({ client, namespace }: Place, name: string): Promise<FoundAgent> {
  try {
    return found(await client.json({ path: objectPath({ kind: 'SpAgent', namespace, name }) }));
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
    throw new Failure(`SpAgent ${namespace}/${name}: not found; spagent status -A shows what there is`, {
      cause: error,
    });
  }
}

/** Merges into the agent's object, and leaves the rest as it is. */
export async function patchAgent({ client, namespace }: Place, name: string, body: object): Promise<void> {
  // Read first, for the same words when it is not there.
  await readAgent({ client, namespace }, name);
  await client.json({
    method: 'PATCH',
    path: objectPath({ kind: 'SpAgent', namespace, name }),
    contentType: 'application/merge-patch+json',
    body,
  });
}

function found(object: unknown): FoundAgent {
  const parsed = parseAgent(object);
  if ('error' in parsed) throw new Failure(`${parsed.error}; it was made by another version of the CRD`);
  return { object, agent: parsed.agent };
}
