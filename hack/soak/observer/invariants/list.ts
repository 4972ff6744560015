import type { Invariant } from './invariant.ts';
import { labelHasResource } from './label-has-resource.ts';
import { noRevisionFails } from './no-revision-fails.ts';
import { podsHaveRevision } from './pods-have-revision.ts';
import { readyIsTrue } from './ready-is-true.ts';

export const invariants: readonly Invariant[] = [
  readyIsTrue,
  labelHasResource,
  podsHaveRevision,
  noRevisionFails,
];
