import type { RolloutProgress } from '../api/actions.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { RolloutOptions } from './take-steps.ts';

/** Why there is no revision to roll out. */
export function waitReason(
  { artifact }: Snapshot,
  { obstacle }: RolloutOptions,
): Pick<RolloutProgress, 'reason' | 'message'> {
  if (artifact.state === 'Failed') return { reason: artifact.reason, message: artifact.message };
  if (artifact.state === 'Ready' && obstacle) return obstacle;
  return { reason: 'Building', message: 'waiting for the filter to be built or fetched' };
}
