import type { RevisionData } from '../api/revision.ts';

/**
 * Counts the changes of what the same data of a revision is rendered to, in `delivery/`. Raise it with such a change: revisions that
 * run keep the rendering that they were rolled out with, and the new rendering is a new revision, which is rolled out as any other.
 */
export const renderVersion: number = 1;

/** The version that a revision is rendered by; absent from the data of version 1. */
export function renderVersionOf({ renderVersion: version = 1 }: Pick<RevisionData, 'renderVersion'>): number {
  return version;
}
