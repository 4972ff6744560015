import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../api/resource.ts';
import type { IstioItem } from './items.ts';

/**
 * Whether a resource in the cluster is as it is wanted. Labels and owner references may have others' beside ours. The spec must
 * be the same: what we no longer want of it, or somebody added, shows too.
 */
export function hasDrifted(wanted: Resource, actual: IstioItem | undefined): boolean {
  if (!actual) return true;
  const { labels, ownerReferences } = wanted.metadata;
  const hasLabels = Object.entries(labels).every(([key, value]) => actual.labels[key] === value);
  const owners = Array.isArray(actual.ownerReferences) ? actual.ownerReferences : [];
  const hasOwners = ownerReferences.every((owner) => owners.some((other) => isDeepStrictEqual(owner, other)));
  // Undefined members are not in JSON.
  const spec: unknown = JSON.parse(JSON.stringify(wanted.spec));
  return !hasLabels || !hasOwners || !isDeepStrictEqual(spec, actual.spec);
}
