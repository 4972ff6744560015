import type { RolloutContext } from '../context.ts';
import type { Step } from '../step.ts';
import { restartSteps } from './restart.ts';

/** The kinds of steps, in the order in which a rollout takes them. */
const stepKinds: readonly ((context: RolloutContext) => Step[])[] = [restartSteps];

export function stepsOf(context: RolloutContext): Step[] {
  return stepKinds.flatMap((list) => list(context));
}
