import { LRUCache } from 'lru-cache';
import type { Action } from '../api/actions.ts';
import { progressingSince } from '../api/conditions.ts';
import type { Observation, Snapshot } from '../api/snapshot.ts';
import { stableRevision } from '../api/stable-revision.ts';
import type { RolloutObserver } from './rollout-metrics.ts';

/** A failed revision that some pods still have. */
interface Failed {
  readonly revision: string;
  /** When the failure was recorded. Milliseconds since the epoch. */
  readonly at: number;
}

const rollbacksMax = 10_000;

/** Finds in what is observed and done how rollouts end, for the metrics of the replica that leads. */
export class RolloutWatch {
  readonly #observer: Pick<RolloutObserver, 'completed' | 'failed' | 'podsBack'>;
  /** By the agent's uid. */
  readonly #rollbacks = new LRUCache<string, Failed>({ max: rollbacksMax });

  constructor(observer: Pick<RolloutObserver, 'completed' | 'failed' | 'podsBack'>) {
    this.#observer = observer;
  }

  observed(observation: Observation): void {
    if (observation.state !== 'Readable') return;
    const { agent, pods, revisions, now } = observation;
    const failed = this.#rollbacks.get(agent.uid);
    if (failed === undefined) return;
    const revision = revisions.find(({ id }) => id === failed.revision);
    const isRetried = revision?.failure === undefined;
    if (!isRetried && pods.some((pod) => pod.revision === failed.revision)) return;
    this.#rollbacks.delete(agent.uid);
    if (!isRetried) this.#observer.podsBack(Math.max(0, now - failed.at) / 1000);
  }

  /** Called when an action has been executed. */
  acted(observation: Observation, action: Action): void {
    if (observation.state !== 'Readable') return;
    if (action.kind === 'MarkFailed') this.#failed(observation, action);
    if (action.kind === 'MarkStable') this.#stable(observation, action);
  }

  #failed({ agent }: Snapshot, { revisionId, failure }: Extract<Action, { kind: 'MarkFailed' }>): void {
    this.#observer.failed(failure.reason);
    if (!agent.spec.rollout.autoRollback) return;
    this.#rollbacks.set(agent.uid, { revision: revisionId, at: Date.parse(failure.at) });
  }

  /** A revision is marked again when new workloads have it: only one that becomes stable ends a rollout. */
  #stable(
    { agent, revisions, now }: Snapshot,
    { revisionId }: Extract<Action, { kind: 'MarkStable' }>,
  ): void {
    if (stableRevision(revisions)?.id === revisionId) return;
    const began = Date.parse(progressingSince(agent.status.conditions) ?? '');
    this.#observer.completed(Number.isNaN(began) ? undefined : Math.max(0, now - began) / 1000);
  }
}
