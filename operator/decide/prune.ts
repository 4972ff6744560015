import type { OwnedResource } from '../api/resource.ts';

const backendKinds: ReadonlySet<string> = new Set(['ServiceEntry', 'DestinationRule']);

/**
 * What the agent owns and no longer wants, in the order to delete it: plug-ins first, so that no filter runs on
 * without its backend. With nothing desired, it is the order of the agent's own deletion.
 */
export function prunableResources(
  owned: readonly OwnedResource[],
  desired: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[],
): OwnedResource[] {
  const wanted = new Set(desired.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const unwanted = owned.filter(({ kind, name }) => !wanted.has(`${kind}/${name}`));
  return [
    ...unwanted.filter(({ kind }) => !backendKinds.has(kind)),
    ...unwanted.filter(({ kind }) => backendKinds.has(kind)),
  ];
}
