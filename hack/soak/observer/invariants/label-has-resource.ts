import { steadyPods } from '../picture.ts';
import type { Invariant } from './invariant.ts';

/** A pod whose label names a revision finds its Istio resource: without it the pod would run without the filter. */
export const labelHasResource: Invariant = {
  name: 'a label has its resource',
  violations: (picture) => {
    const [, agents] = picture.agents;
    return steadyPods(picture).flatMap(({ name, agent, revision }) => {
      const owner = agents.find((one) => one.name === agent);
      // The resources of an agent that is deleted go first, and its labels stay.
      if (agent === undefined || owner === undefined || owner.isDeleted) return [];
      const isThere = picture.resources.some((part) => part.agent === agent && part.revision === revision);
      return isThere ? [] : [`pod ${name} has revision ${revision} of ${agent}, which has no Istio resource`];
    });
  },
};
