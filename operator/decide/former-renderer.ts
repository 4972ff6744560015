import { resourceRevisionLabel } from '../api/names.ts';
import type { OwnedResource, Resource } from '../api/resource.ts';
import type { Snapshot } from '../api/snapshot.ts';
import { isSameJson } from '../api/same-json.ts';
import { renderVersion, renderVersionOf } from '../render/render-version.ts';

/**
 * Whether a plug-in stays as another version of the operator rendered it: an upgrade must not change what running proxies use. One
 * whose pods or whose module's address are no longer the same must be changed in any case, and gets the present rendering.
 */
export function keepsRendering(
  wanted: Resource,
  { owned, revisions }: Pick<Snapshot, 'owned' | 'revisions'>,
): boolean {
  const revision = revisions.find(({ id }) => id === wanted.metadata.labels[resourceRevisionLabel]);
  if (revision === undefined || renderVersionOf(revision.data) === renderVersion) return false;
  const present = owned.find(({ kind, name }) => kind === wanted.kind && name === wanted.metadata.name);
  return present !== undefined && isSameJson(attachmentOf(wanted), attachmentOf(present));
}

/** Which pods a plug-in of any kind is for, and where its module comes from. */
function attachmentOf({ spec }: Pick<Resource | OwnedResource, 'spec'>): readonly unknown[] {
  const { selector, workloadSelector } = spec as {
    readonly selector?: unknown;
    readonly workloadSelector?: unknown;
  };
  return [
    selector,
    workloadSelector,
    /https?:[^"]*\/filters\/[0-9a-f]{64}\.wasm/.exec(JSON.stringify(spec))?.[0],
  ];
}
