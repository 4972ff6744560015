import type { Action, RolloutPlan, RolloutProgress } from '../api/actions.ts';
import type { Revision } from '../api/revision.ts';
import type { Snapshot } from '../api/snapshot.ts';

const eventTypes: Readonly<Partial<Record<RolloutProgress['state'], 'Normal' | 'Warning'>>> = {
  NoWorkloads: 'Warning',
  Paused: 'Normal',
  Held: 'Warning',
  RolledBack: 'Warning',
};

/**
 * The event for a state in which a rollout comes to rest, or cannot begin. It is new if the previous status does not have it.
 * Steps and failures bring events of their own.
 */
export function transitionEvents(
  { agent }: Snapshot,
  target: Revision | undefined,
  { actions, progress }: RolloutPlan,
): Action[] {
  if (progress.step?.needsApproval) {
    const { step, approval } = agent.status.rollout ?? {};
    const isKnown = approval !== undefined && step === progress.step.name;
    const { message } = progress;
    return isKnown ? [] : [{ kind: 'Event', type: 'Normal', reason: 'ApprovalRequired', message }];
  }
  const isRefused = progress.state === 'Waiting' && progress.reason !== 'Building';
  const type = isRefused ? 'Warning' : eventTypes[progress.state];
  if (type === undefined || actions.some(({ kind }) => kind === 'Event')) return [];
  const { rollout, targetRevision } = agent.status;
  const isKnown =
    rollout?.state === progress.state &&
    targetRevision === target?.id &&
    (!(isRefused || progress.state === 'Held') || rollout.message === progress.message);
  return isKnown ? [] : [{ kind: 'Event', type, reason: progress.reason, message: progress.message }];
}
