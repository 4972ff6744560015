import type { Finding } from '../api/conditions.ts';
import type { BackendUse } from '../api/pod.ts';
import type { Reason } from '../api/reasons.ts';
import type { Snapshot } from '../api/snapshot.ts';

/** The worst first. */
const troubles: readonly (readonly [Exclude<BackendUse, 'Answered'>, Reason, string])[] = [
  [
    'Unauthorized',
    'BackendUnauthorized',
    'the backend answers its calls with 401 or 403; see spec.backend.publicKeySecret',
  ],
  [
    'Unanswered',
    'BackendUnreachable',
    'most lookups get no answer from the backend, or most recordings do not arrive there; see spec.backend.url and timeout, and whether a Sidecar resource or a NetworkPolicy hides the backend from the pod',
  ],
  ['Failing', 'BackendFailing', 'the backend answers most lookups with an error; see its log'],
  ['Dropping', 'RecordingsDropped', 'the backend does not accept most recordings; see its log'],
];

/** Whether the filters reach the backend, by their own counters over all proxies. */
export function findingOfBackend({ pods, artifact }: Snapshot): Finding {
  if (artifact.state === 'Ready' && !artifact.artifact.readsSpec) {
    const message = 'a custom filter runs, which has no backend of the operator';
    return { status: 'Unknown', reason: 'NoBackendCalls', message };
  }
  const using = pods.filter(({ isReady, backend }) => isReady && backend !== undefined);
  for (const [use, reason, message] of troubles) {
    const pod = using.find(({ backend }) => backend === use);
    if (pod) return { status: 'False', reason, message: `pod ${pod.name}: ${message}` };
  }
  if (using.length > 0) {
    return { status: 'True', reason: 'BackendReachable', message: 'the backend answers the filters' };
  }
  return {
    status: 'Unknown',
    reason: 'NoBackendCalls',
    message:
      'no filter is known to have called the backend; HTTPS that the application begins itself is not visible to a sidecar (docs/modes.md)',
  };
}
