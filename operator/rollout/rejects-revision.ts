import type { Pod } from '../api/pod.ts';

/**
 * A proxy's listeners wait for its filters before the pod is ready: what is loaded and not configured so long after that has failed.
 * Seconds; more than clocks of nodes differ.
 */
const configureSeconds = 10;

/** A running proxy that is switched gets the module first, and nothing waits for it. Seconds. */
const switchSeconds = 30;

/** Whether the pod's proxy shows that it cannot run the revision, and waiting will not help. */
export function rejectsRevision(pod: Pod): boolean {
  const { verification, readySince, askedAt, askedSince } = pod;
  if (verification.state !== 'NotVerified') return false;
  switch (verification.cause) {
    case 'Refused':
      return !pod.isRefusalDoubtful;
    case 'Stopped':
    case 'Reloading':
      return true;
    case 'NotConfigured':
      // The time of the answer, not the present: an old answer does not say what the proxy did since.
      if (readySince === undefined || askedAt === undefined) return false;
      if (pod.revision === pod.templateRevision) return askedAt - readySince >= configureSeconds * 1000;
      return askedSince !== undefined && askedAt - askedSince >= switchSeconds * 1000;
    case 'NotFetched':
    case 'Unclear':
      return false;
  }
}
