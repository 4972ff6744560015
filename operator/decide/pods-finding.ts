import type { Finding } from '../api/conditions.ts';
import { verificationText, type Cause } from '../api/pod.ts';
import type { Reason } from '../api/reasons.ts';
import type { Snapshot } from '../api/snapshot.ts';

const reasonOf: Readonly<Record<Cause, Reason>> = {
  Refused: 'FilterRejected',
  NotFetched: 'Refetching',
  NotConfigured: 'FilterRejected',
  Stopped: 'FilterStopped',
  Reloading: 'FilterStopped',
  Unclear: 'Progressing',
};

/**
 * What the proxies of the pods with a stable revision say of it. A pod that has started since the rollout may lack the filter,
 * or a proxy may have lost it.
 */
export function findingOfPods({ pods, verification }: Snapshot, revision: string): Finding {
  const all = `every selected pod runs revision ${revision}`;
  if (verification === 'Off') return { status: 'True', reason: 'Healthy', message: all };
  const own = pods.filter((pod) => pod.isReady && pod.revision === revision);
  for (const { name, verification: found } of own) {
    if (found.state === 'NotVerified')
      return { status: 'False', reason: reasonOf[found.cause], message: `pod ${name}: ${found.message}` };
  }
  const unknown = own.find((pod) => pod.verification.state === 'Unknown');
  if (unknown) {
    const reason = unknown.askedAt === undefined ? 'Verifying' : 'ProxySilent';
    return { status: 'Unknown', reason, message: verificationText(unknown) };
  }
  const unverified = own.find((pod) => pod.verification.state === 'Unverified');
  if (unverified) {
    const message = `every selected pod is ready with revision ${revision}; ${verificationText(unverified)}`;
    return { status: 'True', reason: 'Unverified', message };
  }
  const loaded = own.find((pod) => pod.verification.state === 'Loaded');
  const message = loaded
    ? `every selected pod has loaded revision ${revision}; ${verificationText(loaded)}`
    : all;
  return { status: 'True', reason: 'Healthy', message };
}
