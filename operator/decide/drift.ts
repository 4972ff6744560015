import type { OwnedResource, Resource } from '../api/resource.ts';
import { isSameJson } from '../api/same-json.ts';

/** Wanted resources that the cluster lacks, or has otherwise. */
export function driftedResources(wanted: readonly Resource[], owned: readonly OwnedResource[]): Resource[] {
  const present = new Map(owned.map((resource) => [`${resource.kind}/${resource.name}`, resource]));
  return wanted.filter((resource) =>
    hasDrifted(resource, present.get(`${resource.kind}/${resource.metadata.name}`)),
  );
}

/**
 * Labels and owner references may have others' beside ours. The spec must be the same, so that what we no longer want of it, or
 * somebody added, shows too.
 */
export function hasDrifted(wanted: Resource, actual: OwnedResource | undefined): boolean {
  if (!actual) return true;
  const { labels, ownerReferences } = wanted.metadata;
  const hasLabels = Object.entries(labels).every(([key, value]) => actual.labels[key] === value);
  const owners = Array.isArray(actual.ownerReferences) ? actual.ownerReferences : [];
  const hasOwners = ownerReferences.every((owner) => owners.some((other) => isSameJson(owner, other)));
  return !hasLabels || !hasOwners || !isSameJson(wanted.spec, actual.spec);
}
