import type { RolloutProgress } from '../api/actions.ts';
import type { Snapshot } from '../api/snapshot.ts';
import type { RolloutOptions } from './context.ts';

/** Why there is no revision to roll out. */
export function waitReason(
  { artifact }: Snapshot,
  { conflict, obstacle }: RolloutOptions,
): Pick<RolloutProgress, 'state' | 'reason' | 'message'> {
  if (conflict !== undefined) return { state: 'Held', ...conflict };
  if (artifact.state === 'Failed') {
    return { state: 'Waiting', reason: artifact.reason, message: artifact.message };
  }
  if (artifact.state === 'Ready' && obstacle) return { state: 'Waiting', ...obstacle };
  return { state: 'Waiting', reason: 'Building', message: 'waiting for the filter to be built or fetched' };
}
