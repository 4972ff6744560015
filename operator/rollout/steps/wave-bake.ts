import { bakeStep } from '../bake-step.ts';
import { commandsFor } from '../commands.ts';
import type { RolloutContext } from '../context.ts';
import type { JudgedStep, Step, Verdict } from '../step.ts';
import { hasBegun, waveName } from '../waves.ts';

/** The bake after a wave of workloads, before the next one begins. */
export function waveBakeSteps(context: RolloutContext, workloads: readonly JudgedStep[]): Step[] {
  const { snapshot, target } = context;
  const { wave } = target.memory;
  const name = waveName(context, workloads);
  if (wave === undefined || name === undefined || wave.isOver || !hasBegun(context)) return [];
  const isRunning = !workloads.some(({ verdict }) => verdict.state === 'UnderWay');
  const { bake } = snapshot.agent.spec.rollout.waves;
  const baked = bakeStep(context, { name, bake, former: wave.bake, isRunning });
  const { promote, promoteFull } = commandsFor(snapshot, { target, step: name });
  const isOver = isRunning && (baked.isOver || promote || promoteFull);
  const judge = (): Verdict => {
    if (baked.failure !== undefined) return { state: 'Failed', ...baked.failure };
    if (isOver) return { state: 'Done' };
    const { message, secondsLeft, progress } = baked;
    return { state: 'UnderWay', message, since: baked.memory?.since, secondsLeft, progress };
  };
  return [
    {
      name,
      workload: undefined,
      judge,
      take: () => ({ waitsFor: name }),
      record: (memory) => ({
        ...memory,
        wave: { ...wave, ...(baked.memory ? { bake: baked.memory } : {}), isOver },
      }),
    },
  ];
}
