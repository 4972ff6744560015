import pLimit from 'p-limit';
import { z } from 'zod';
import type { SpAgent } from '../../api/schema.ts';
import { hasCode } from '../../cluster/api-error.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { apiPath } from '../../cluster/kinds.ts';
import { listVisibleAgents } from '../agents.ts';
import type { Connection } from '../cluster-command.ts';
import { selectedPods } from '../pods.ts';
import type { AgentPod } from './agent-pod.ts';
import { askSample, type ProxyAnswer } from './proxy-sample.ts';

type Labels = Readonly<Record<string, string>>;

const namespaceObject = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** Requests at a time. */
const concurrency = 8;

/** What the checks look at. Each part is read once, by the first check that needs it. */
export class Facts {
  readonly client: ClusterClient;
  /** Of the connection, where users may have more rights than elsewhere. */
  readonly namespace: string;
  readonly #read = new Map<string, Promise<unknown>>();

  constructor({ client, namespace }: Pick<Connection, 'client' | 'namespace'>) {
    this.client = client;
    this.namespace = namespace;
  }

  /** Those that the user may see. */
  agents(): Promise<readonly SpAgent[]> {
    return this.#once('agents', async () => {
      const found = await listVisibleAgents(this);
      return found.map(({ agent }) => agent);
    });
  }

  /** Pods that these agents select, without those that are being deleted. */
  pods(): Promise<readonly AgentPod[]> {
    return this.#once('pods', async () => {
      const limit = pLimit(concurrency);
      const ofAgent = async (agent: SpAgent) =>
        (await selectedPods(this.client, agent)).map((pod) => ({ ...pod, agent }));
      const agents = await this.agents();
      const pods = (await Promise.all(agents.map((agent) => limit(ofAgent, agent)))).flat();
      return pods.filter(({ isDeleting }) => !isDeleting);
    });
  }

  /** @returns undefined for a namespace that the user may not read. */
  namespaceLabels(name: string): Promise<Labels | undefined> {
    return this.#once(`namespace ${name}`, async () => {
      try {
        const object = await this.client.json({ path: apiPath('api', 'v1', 'namespaces', name) });
        return namespaceObject.parse(object).metadata.labels;
      } catch (error) {
        if (hasCode(error, 403)) return undefined;
        throw error;
      }
    });
  }

  /** What some proxies of each agent answer. */
  proxies(): Promise<readonly ProxyAnswer[]> {
    return this.#once('proxies', async () => askSample(this.client, await this.pods()));
  }

  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const kept = this.#read.get(key) as Promise<T> | undefined;
    if (kept) return kept;
    const fresh = read();
    this.#read.set(key, fresh);
    return fresh;
  }
}
