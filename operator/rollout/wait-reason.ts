import type { RolloutProgress } from '../api/actions.ts';
import type { Snapshot } from '../api/snapshot.ts';

/** Why there is no revision to roll out. */
export function waitReason(snapshot: Snapshot): Pick<RolloutProgress, 'reason' | 'message'> {
  const { artifact, publicKey, configuration } = snapshot;
  if (artifact.state === 'Pending') {
    return { reason: 'Building', message: 'waiting for the filter to be built or fetched' };
  }
  if (artifact.state === 'Failed') return { reason: artifact.reason, message: artifact.message };
  if (publicKey.state === 'Missing') return { reason: 'SecretMissing', message: publicKey.message };
  if (configuration.state === 'Refused') {
    return { reason: configuration.reason, message: configuration.message };
  }
  return { reason: 'IstioMissing', message: 'waiting for the Istio kinds that the delivery needs' };
}
