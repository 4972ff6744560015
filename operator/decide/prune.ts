import type { IstioKind } from '../api/istio-kinds.ts';
import type { OwnedResource, Resource } from '../api/resource.ts';

type Prunable = Pick<OwnedResource, 'kind' | 'name'>;

const backendKinds: ReadonlySet<IstioKind> = new Set(['ServiceEntry', 'DestinationRule']);

/**
 * What the agent owns and no longer wants, in the order to delete it: plug-ins first, so that no filter runs without its
 * backend. With nothing desired, it is the order of the agent's own deletion.
 */
export function prunableResources(
  owned: readonly Prunable[],
  desired: readonly (Pick<Resource, 'kind'> & { readonly metadata: Pick<Resource['metadata'], 'name'> })[],
): Prunable[] {
  const wanted = new Set(desired.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const unwanted = owned
    .filter(({ kind, name }) => !wanted.has(`${kind}/${name}`))
    .map(({ kind, name }) => ({ kind, name }));
  return [
    ...unwanted.filter(({ kind }) => !backendKinds.has(kind)),
    ...unwanted.filter(({ kind }) => backendKinds.has(kind)),
  ];
}
