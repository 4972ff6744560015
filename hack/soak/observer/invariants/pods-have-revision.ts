import { isReadyNow, steadyAgents, steadyPods } from '../picture.ts';
import type { Invariant } from './invariant.ts';

/**
 * How long a ready pod may lack the revision of an agent that is Ready: with the method Live nobody labels a pod while the
 * leader is stopped or cut off, and the next one needs its Lease and its caches. Milliseconds.
 */
const patience = 120_000;

/** Where an SpAgent is Ready, its pods have the revision. */
export const podsHaveRevision: Invariant = {
  name: 'pods have the revision',
  violations: (picture) => {
    const pods = steadyPods(picture).filter(
      ({ isReady, createdAt }) => isReady && picture.now - createdAt > patience,
    );
    return steadyAgents(picture)
      .filter(isReadyNow)
      .flatMap(({ name, status }) =>
        pods
          .filter(({ app, revision }) => app === name && revision !== status.targetRevision)
          .map(
            (pod) => `pod ${pod.name} has ${pod.revision ?? 'no revision'} and not ${status.targetRevision}`,
          ),
      );
  },
};
