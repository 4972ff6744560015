import { setTimeout as sleep } from 'node:timers/promises';
import { collectionPath } from '../../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';
import { shuffled, type Random } from '../../random.ts';
import type { SoakCluster } from '../cluster.ts';

export interface ChurnOptions {
  readonly cluster: SoakCluster;
  /** Whose pods are deleted. */
  readonly namespaces: readonly string[];
  readonly random: Random;
  readonly podsPerSecond: number;
}

export interface Churn {
  /** Pods that were deleted so far. */
  deleted(): number;
  run(signal: AbortSignal): Promise<void>;
}

/** Deletes pods, chosen by chance; their owners make others. */
export function podChurn({ cluster, namespaces, random, podsPerSecond }: ChurnOptions): Churn {
  let deleted = 0;
  /** Deletes as many as there are in one second. */
  const second = async () => {
    const lists = namespaces.map(async (namespace) => {
      const path = collectionPath('Pod', namespace);
      return (await cluster.client.json<{ items: KubernetesObject[] }>({ path })).items;
    });
    const pods = (await Promise.all(lists)).flat().filter(({ metadata }) => !metadata.deletionTimestamp);
    for (const { metadata } of shuffled(random, pods).slice(0, podsPerSecond)) {
      await cluster.remove('Pod', metadata.namespace ?? '', metadata.name);
      deleted += 1;
    }
  };
  return {
    deleted: () => deleted,
    run: async (signal) => {
      while (!signal.aborted) {
        const next = sleep(1000, undefined, { signal }).catch(() => undefined);
        // The API server may be away, and a pod may have gone by itself.
        await second().catch(() => undefined);
        await next;
      }
    },
  };
}
