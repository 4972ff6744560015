import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { redactionKeyField, redactionKeySecret } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { RedactionKeyState } from '../api/snapshot.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { collectionPath, objectPath } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { agentMetadata } from '../render/metadata.ts';

interface Secret extends KubernetesObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** As long as a block of SHA-256 in hexadecimal digits. */
const keyBytes = 32;
/** A key never changes while its Secret exists: it is not read in each run. */
const rereadMilliseconds = 60_000;
const keptMax = 10_000;

/** The keys of redaction markers: one Secret for each agent, which is created when it is first needed and goes with the agent. */
export class RedactionKeys {
  readonly #client: ClusterClient;
  /** By the agent's uid. */
  readonly #found = new LRUCache<string, RedactionKeyState>({ max: keptMax, ttl: rereadMilliseconds });

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  async read(agent: SpAgent): Promise<RedactionKeyState> {
    if (agent.spec.capture.redactMarker === 'Plain') return { state: 'NotWanted' };
    const known = this.#found.get(agent.uid);
    if (known) return known;
    const state = await this.#readOrCreate(agent);
    if (state.state === 'Found') this.#found.set(agent.uid, state);
    return state;
  }

  async #readOrCreate(agent: SpAgent): Promise<RedactionKeyState> {
    const name = redactionKeySecret(agent.name);
    const title = `Secret ${agent.namespace}/${name}`;
    try {
      const secret = (await this.#get(agent.namespace, name)) ?? (await this.#create(agent, name));
      const isOwn = secret.metadata.ownerReferences?.some(({ uid }) => uid === agent.uid);
      const value = secret.data?.[redactionKeyField];
      if (isOwn && value) return { state: 'Found', digest: digestOf(value) };
      const message = `${title}: it is not the one that the operator made for this SpAgent; delete it: kubectl delete secret -n ${agent.namespace} ${name}`;
      return { state: 'Missing', message };
    } catch (error) {
      if (!hasCode(error, 403)) throw error;
      const message = `${title}: the operator may not create it; set rbac.secrets of the chart, or spec.capture.redactMarker: Plain`;
      return { state: 'Missing', message };
    }
  }

  async #get(namespace: string, name: string): Promise<Secret | undefined> {
    try {
      return await this.#client.json<Secret>({ path: objectPath({ kind: 'Secret', namespace, name }) });
    } catch (error) {
      if (hasCode(error, 404)) return undefined;
      throw error;
    }
  }

  async #create(agent: SpAgent, name: string): Promise<Secret> {
    const key = randomBytes(keyBytes).toString('hex');
    return this.#client.json<Secret>({
      method: 'POST',
      path: collectionPath('Secret', agent.namespace),
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: agentMetadata(agent, name),
        type: 'Opaque',
        immutable: true,
        data: { [redactionKeyField]: Buffer.from(key).toString('base64') },
      },
    });
  }
}

function digestOf(base64: string): string {
  return hash('sha256', Buffer.from(base64, 'base64'));
}
