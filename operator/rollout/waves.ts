import type { RolloutMemory } from '../api/rollout-memory.ts';
import { countOf } from '../api/units.ts';
import type { RolloutContext } from './context.ts';
import { canSwitchLive } from './live-switch.ts';
import type { JudgedStep } from './step.ts';

/** Workloads that are updated at once. */
export function waveSize(context: RolloutContext): number {
  const { agent, workloads } = context.snapshot;
  if (isUrgent(context)) return workloads.length;
  return countOf(agent.spec.rollout.waves.maxConcurrent, workloads.length);
}

/** Pods run a failed revision that they can leave by a restart alone. */
export function isUrgent({ snapshot, direction, target }: RolloutContext): boolean {
  return (
    direction.kind === 'RollBack' &&
    snapshot.pods.some(
      (pod) => pod.revision === target.id && !canSwitchLive(pod, direction.goal?.id, snapshot),
    )
  );
}

/** Waves are counted on the way to a revision that is not proven yet. */
export function startWave(
  { direction }: RolloutContext,
  memory: RolloutMemory,
  since: string,
): RolloutMemory {
  if (direction.kind !== 'Advance') return memory;
  return { ...memory, wave: { number: (memory.wave?.number ?? 0) + 1, since, isOver: false } };
}

/** `Wave 1 of 4`; undefined before the first one. */
export function waveName(context: RolloutContext, workloads: readonly JudgedStep[]): string | undefined {
  const { wave } = context.target.memory;
  if (wave === undefined || context.direction.kind !== 'Advance') return undefined;
  const todo = workloads.filter(({ verdict }) => verdict.state === 'Todo').length;
  return `Wave ${wave.number} of ${wave.number + Math.ceil(todo / waveSize(context))}`;
}
