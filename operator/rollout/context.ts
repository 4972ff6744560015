import type { Problem } from '../api/problem.ts';
import type { Resource } from '../api/resource.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { commandsFor } from './commands.ts';
import type { Direction } from './direction.ts';

/** What the rollout needs to know besides the snapshot. */
export interface RolloutOptions {
  /** All Istio resources that are wanted, of every retained revision. No label names a revision before they exist. */
  readonly desired: readonly Pick<Resource, 'kind' | 'metadata'>[];
  /** Workload (`Deployment/checkout`) → why another agent's filter keeps this one out. */
  readonly heldByOthers?: ReadonlyMap<string, Problem>;
  /** An earlier agent has some of the workloads. */
  readonly conflict?: Problem | undefined;
  /** Why there is no revision of the present spec, though the module is there. */
  readonly obstacle?: Problem | undefined;
}

/** What a step is judged by. The target's memory is up to date with the snapshot. */
export interface RolloutContext {
  readonly snapshot: Snapshot;
  readonly direction: Direction;
  readonly target: Revision;
  readonly options: RolloutOptions;
}

/** Whether nothing new is begun. */
export function isPaused({ snapshot, target }: Pick<RolloutContext, 'snapshot' | 'target'>): boolean {
  return snapshot.agent.spec.rollout.paused || commandsFor(snapshot, { target, step: undefined }).pause;
}
