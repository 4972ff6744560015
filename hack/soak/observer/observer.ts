import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type ClusterClient } from '../../../operator/cluster/client.ts';
import type { Replica } from '../replica.ts';
import { invariants } from './invariants/list.ts';
import { memoryViolations, sampleMemory, type MemorySample } from './memory.ts';
import { takePicture } from './picture.ts';

export interface ObserverOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly replicas: readonly Replica[];
  /** Called for what an invariant does not allow, once for each text. */
  readonly violated: (violation: string) => void;
}

/** Looks at the cluster all the time, with a client of its own that no fault touches. */
export interface Observer extends AsyncDisposable {
  /** For further looks. */
  readonly client: ClusterClient;
  /** Pictures that were judged; none is taken while the API server is away. */
  pictures(): number;
  memory(): readonly MemorySample[];
}

/** Milliseconds between two pictures. */
const pause = 500;
/** Milliseconds between two samples of memory. */
const memoryPause = 10_000;

export function startObserver({ kubeconfig, namespace, replicas, violated }: ObserverOptions): Observer {
  const client = createClient(kubeconfig);
  const stopped = new AbortController();
  const { signal } = stopped;
  const samples: MemorySample[] = [];
  const known = new Set<string>();
  let pictures = 0;
  const report = (violation: string) => {
    if (known.has(violation)) return;
    known.add(violation);
    violated(violation);
  };
  const look = async () => {
    // The API server is away.
    const picture = await takePicture(client, namespace).catch(() => undefined);
    if (picture === undefined) return;
    pictures += 1;
    for (const { name, violations } of invariants) {
      for (const violation of violations(picture)) report(`${name}: ${violation}`);
    }
  };
  const weigh = async () => {
    const at = performance.now() / 1000;
    for (const replica of replicas) {
      // A process that is stopped or starts does not answer.
      const sample = sampleMemory(replica.processName(), replica.operator(), at).catch(() => undefined);
      samples.push(...[await sample].filter((one) => one !== undefined));
    }
  };
  const repeat = async (act: () => Promise<void>, milliseconds: number) => {
    while (!signal.aborted) {
      await act();
      await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = Promise.all([repeat(look, pause), repeat(weigh, memoryPause)]);
  return {
    client,
    pictures: () => pictures,
    memory: () => samples,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
      for (const violation of memoryViolations(samples)) report(violation);
      await client[Symbol.asyncDispose]();
    },
  };
}
