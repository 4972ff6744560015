import type { Action } from '../api/actions.ts';
import { progressingSince } from '../api/conditions.ts';
import type { Observation } from '../api/snapshot.ts';
import {
  motionOf,
  turnOf,
  type BrakedWorkload,
  type ClusterMotion,
  type ClusterState,
  type WaitingAgent,
} from '../rollout/brake.ts';
import { keyOf, type Cache } from './cache.ts';
import type { AgentItem } from './items.ts';

/** Bounds how many workloads of the cluster restart at once, over all agents. */
export class Turns {
  readonly #cache: Cache;
  readonly #limit: number | string | undefined;
  /** Steps that are being written; what was written is in the cache. */
  #underWay = 0;

  /** @param limit see `ClusterState`. */
  constructor(cache: Cache, limit: number | string | undefined) {
    this.#cache = cache;
    this.#limit = limit;
  }

  /** What was observed, with the turn as of this moment. Between this and `take` nothing may be awaited. */
  withTurn<T extends Observation>(observed: T): T {
    if (observed.state !== 'Readable') return observed;
    const { now, identity, agent } = observed;
    const turn = turnOf(
      {
        key: keyOf(identity),
        since: progressingSince(agent.status.conditions) ?? new Date(now).toISOString(),
      },
      this.#state(now),
    );
    return { ...observed, turn };
  }

  /** As of this moment. */
  motion(): ClusterMotion {
    return motionOf(this.#state(Date.now()));
  }

  /** Counts the steps of a decision until they are written or have failed, when the result is disposed. */
  take(actions: readonly (readonly Action[])[]): Disposable {
    const steps = actions.flat().filter(({ kind }) => kind === 'SetWorkloadRevision').length;
    this.#underWay += steps;
    return {
      [Symbol.dispose]: () => {
        this.#underWay -= steps;
      },
    };
  }

  #state(now: number): ClusterState {
    return {
      workloads: this.#workloads(),
      underWay: this.#underWay,
      waiting: this.#waiting(),
      limit: this.#limit,
      now,
    };
  }

  *#workloads(): Generator<BrakedWorkload> {
    for (const store of this.#cache.workloads.values()) {
      for (const item of store.all()) {
        const since = Object.values(item.steps).reduce(
          (last, step) => (step.since > last ? step.since : last),
          '',
        );
        if (since !== '') yield { ...item, since };
      }
    }
  }

  *#waiting(): Generator<WaitingAgent> {
    for (const agent of this.#cache.agents.all()) {
      const since = waitingSince(agent);
      if (since !== undefined) yield { key: keyOf(agent), since };
    }
  }
}

function waitingSince({ parsed, isDeleted }: AgentItem): string | undefined {
  if (isDeleted || !('agent' in parsed)) return undefined;
  const { status } = parsed.agent;
  const isQueued = status.conditions?.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'Queued',
  );
  return isQueued ? progressingSince(status.conditions) : undefined;
}
