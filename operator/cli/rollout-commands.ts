import { abortAnnotation, pauseAnnotation, promoteAnnotation, retryAnnotation } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';

type Annotations = Readonly<Record<string, string | null>>;

/**
 * The annotations that ask something of the rollout of one revision: a request that comes late, or twice, cannot hit another rollout.
 * Null takes one away.
 */
export const requests = {
  /** @param step as the status names it; `full` is every step. */
  promote: (revision: string, step: string): Annotations => ({ [promoteAnnotation]: `${revision}/${step}` }),
  abort: (revision: string): Annotations => ({ [abortAnnotation]: revision, [retryAnnotation]: null }),
  /** What was asked of the attempt that failed does not hold for the next one. */
  retry: (revision: string): Annotations => ({
    [abortAnnotation]: null,
    [pauseAnnotation]: null,
    [promoteAnnotation]: null,
    [retryAnnotation]: revision,
  }),
  pause: (revision: string): Annotations => ({ [pauseAnnotation]: revision }),
  /** Takes back what `pause` asked, and what the spec says if it is paused by that too. */
  resume: ({ spec }: SpAgent): object => ({
    metadata: { annotations: { [pauseAnnotation]: null } },
    ...(spec.rollout.paused ? { spec: { rollout: { paused: false } } } : {}),
  }),
};

/** What a person may ask of a rollout. */
export const rolloutCommands = ['promote', 'promote-full', 'abort', 'retry', 'pause', 'resume'] as const;
export type RolloutCommand = (typeof rolloutCommands)[number];

const restingStates: readonly string[] = ['Complete', 'NoWorkloads', 'RolledBack'];

/** The merge patch by which an agent is asked. @returns undefined where there is nothing to ask. */
export function commandPatch(agent: SpAgent, command: RolloutCommand): object | undefined {
  const { targetRevision: revision, rollout, history = [] } = agent.status;
  if (revision === undefined) return undefined;
  const isMoving = rollout !== undefined && !restingStates.includes(rollout.state);
  const ask = (isPossible: boolean, annotations: Annotations) =>
    isPossible ? { metadata: { annotations } } : undefined;
  switch (command) {
    case 'promote':
      return ask(isMoving && rollout.step !== undefined, requests.promote(revision, rollout?.step ?? ''));
    case 'promote-full':
      return ask(isMoving, requests.promote(revision, 'full'));
    case 'abort':
      return ask(isMoving && rollout.state !== 'RollingBack', requests.abort(revision));
    case 'retry': {
      const target = history.find((entry) => entry.revision === revision);
      return ask(target?.outcome === 'Failed', requests.retry(revision));
    }
    case 'pause':
      return ask(isMoving && rollout.state !== 'Paused', requests.pause(revision));
    case 'resume':
      return rollout?.state === 'Paused' ? requests.resume(agent) : undefined;
  }
}
