import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../../../operator/cluster/api-error.ts';
import { collectionPath, objectPath } from '../../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';
import { pick, type Random } from '../../random.ts';
import { agentObject, deploymentObject, sourceOf, type SoakCluster } from '../cluster.ts';
import type { ModuleServer } from '../module-server.ts';
import { drawSpec } from './specs.ts';

export interface ChangesOptions {
  readonly cluster: SoakCluster;
  readonly namespace: string;
  readonly modules: ModuleServer;
  readonly random: Random;
  /** Agents that exist at the same time, at most. */
  readonly agents: number;
}

export interface Changes {
  /** What was done so far. */
  readonly counts: Readonly<Record<'created' | 'changed' | 'deleted', number>>;
  /** Makes the first agents. */
  begin(): Promise<void>;
  /** Creates, changes and deletes agents until the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** Pods of each agent's Deployment. */
export const podsOfAgent = 4;
/** Milliseconds between two changes. */
const pause = 2500;
/** A ConfigMap with the source of a filter. */
const source = 'source';

export function agentChanges(options: ChangesOptions): Changes {
  const { cluster, namespace, random, modules } = options;
  const counts = { created: 0, changed: 0, deleted: 0 };
  let made = 0;
  const spec = () => drawSpec({ random, modules, source });
  const create = async () => {
    // A name that was used once is not used again: its pods may still carry the labels of before.
    const name = `agent-${made++}`;
    await orPresent(cluster.create('Deployment', namespace, deploymentObject(name, podsOfAgent)));
    await orPresent(cluster.create('SpAgent', namespace, agentObject(name, spec())));
    counts.created += 1;
  };
  const change = async (name: string) => {
    const path = objectPath({ kind: 'SpAgent', namespace, name });
    const present = await cluster.client.json<KubernetesObject>({ path });
    const body = { ...agentObject(name, spec()), metadata: present.metadata };
    await cluster.client.json({ method: 'PUT', path, body });
    counts.changed += 1;
  };
  const remove = async (name: string) => {
    await cluster.remove('SpAgent', namespace, name);
    await cluster.remove('Deployment', namespace, name);
    counts.deleted += 1;
  };
  const act = async () => {
    const path = collectionPath('SpAgent', namespace);
    const { items } = await cluster.client.json<{ items: KubernetesObject[] }>({ path });
    const names = items
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name);
    if (names.length < options.agents / 2) return create();
    const chance = random();
    if (chance < 0.2 && names.length < options.agents) return create();
    if (chance < 0.35) return remove(pick(random, names));
    return change(pick(random, names));
  };
  return {
    counts,
    begin: async () => {
      const data = { 'index.ts': sourceOf('built') };
      await orPresent(cluster.create('ConfigMap', namespace, { metadata: { name: source }, data }));
      for (let index = 0; index < options.agents; index++) await create();
    },
    run: async (signal) => {
      while (!signal.aborted) {
        // The API server may be away: the next change comes.
        await act().catch(() => undefined);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** A creation whose answer was lost may have been a success. */
async function orPresent(creation: Promise<void>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!hasCode(error, 409)) throw error;
  });
}
