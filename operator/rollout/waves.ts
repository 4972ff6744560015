import type { RolloutMemory } from '../api/rollout-memory.ts';
import { countOf } from '../api/units.ts';
import type { RolloutContext } from './context.ts';
import { canSwitchLive } from './live-switch.ts';
import { memoryOf, wasTaken } from './memory.ts';
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
export function startWave(context: RolloutContext, memory: RolloutMemory, since: string): RolloutMemory {
  if (context.direction.kind !== 'Advance') return memory;
  const former = context.target.memory.wave?.number ?? 0;
  const number = hasBegun(context) ? former + 1 : Math.max(1, former);
  return { ...memory, wave: { number, since, isOver: false } };
}

/** Whether a workload of the present wave was updated. An operator that is killed may have got no further than to remember the wave. */
export function hasBegun(context: RolloutContext): boolean {
  const { target, snapshot } = context;
  const { wave } = target.memory;
  if (wave === undefined) return false;
  const own = snapshot.workloads.flatMap((workload) => {
    const memory = memoryOf(workload, context);
    return memory !== undefined && memory.attemptedAt >= wave.since ? [{ workload, memory }] : [];
  });
  return own.length === 0 || own.some(({ workload, memory }) => memory.isLive || wasTaken(memory, workload));
}

/** `Wave 1 of 4`; undefined before the first one. */
export function waveName(context: RolloutContext, workloads: readonly JudgedStep[]): string | undefined {
  const { wave } = context.target.memory;
  if (wave === undefined || context.direction.kind !== 'Advance') return undefined;
  const todo = workloads.filter(({ verdict }) => verdict.state === 'Todo').length;
  return `Wave ${wave.number} of ${wave.number + Math.ceil(todo / waveSize(context))}`;
}
