import { isReadyNow, steadyAgents, templateRevision } from '../picture.ts';
import type { Invariant } from './invariant.ts';

/** An SpAgent that says Ready has its revision, its Istio resource, and a workload whose new pods get the revision. */
export const readyIsTrue: Invariant = {
  name: 'Ready is true',
  violations: (picture) =>
    steadyAgents(picture)
      .filter(isReadyNow)
      .flatMap((agent) => {
        const { name, isLive, status } = agent;
        const target = status.targetRevision;
        const isOf = (part: { readonly agent: string; readonly revision: string }) =>
          part.agent === name && part.revision === target;
        const missing = [
          ...(picture.revisions.some(isOf) ? [] : ['the revision does not exist']),
          ...(picture.resources.some(isOf) ? [] : ['the revision has no Istio resource']),
          // The method Live changes no template.
          ...(isLive || templateRevision(picture, name) === target
            ? []
            : [`the template has ${templateRevision(picture, name) ?? 'no revision'}`]),
        ];
        return missing.map((what) => `SpAgent ${name} is Ready at ${target}, but ${what}`);
      }),
};
