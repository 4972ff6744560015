import type { RolloutContext } from '../context.ts';
import type { JudgedStep, Step } from '../step.ts';
import { canarySteps } from './canary.ts';
import { liveSteps } from './live.ts';
import { restartSteps } from './restart.ts';
import { switchedPodsSteps } from './switched-pods.ts';
import { waveBakeSteps } from './wave-bake.ts';

/** All steps, judged, in the order in which a rollout takes them. */
export function judgeSteps(context: RolloutContext): JudgedStep[] {
  const workloads = judge([...liveSteps(context), ...restartSteps(context)]);
  return [
    ...judge(canarySteps(context, workloads)),
    ...judge(switchedPodsSteps(context, workloads)),
    ...workloads,
    ...judge(waveBakeSteps(context, workloads)),
  ];
}

function judge(steps: readonly Step[]): JudgedStep[] {
  return steps.map((step) => ({ step, verdict: step.judge() }));
}
