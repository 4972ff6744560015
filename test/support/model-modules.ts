import type { Revision } from '../../operator/api/revision.ts';
import { agentOf, minimalSpec } from './agent.ts';

/** Modules of the model's agents, by the first digit of their digests. */
export const moduleNames = ['a', 'b', 'c'] as const;
export type ModuleName = (typeof moduleNames)[number];

export function digestOf(name: ModuleName): string {
  return name.repeat(64);
}

export function nameOf({ data }: Revision): ModuleName | undefined {
  return moduleNames.find((name) => digestOf(name) === data.digest);
}

/** Agents of the model, with these settings of spec.rollout: the same one while its rollout is paused and while it is not. */
export function modelAgents(rollout: object) {
  const agentWith = (paused: boolean) =>
    agentOf({
      ...minimalSpec,
      capture: { redactMarker: 'Plain' },
      rollout: { progressDeadline: '60s', ...rollout, paused },
    });
  return { running: agentWith(false), paused: agentWith(true) };
}
