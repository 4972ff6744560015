import { resourceRevisionLabel } from '../api/names.ts';
import type { RolloutContext } from './context.ts';

/** The first resource of the goal, or of its backend, that is wanted but not in the cluster yet: no label may name the goal before. */
export function missingResource({
  snapshot,
  options,
  direction: { goal },
}: RolloutContext): string | undefined {
  if (goal === undefined) return undefined;
  const present = new Set(snapshot.owned.map(({ kind, name }) => `${kind}/${name}`));
  const needed = options.desired.filter(({ metadata }) =>
    [undefined, goal.id].includes(metadata.labels[resourceRevisionLabel]),
  );
  if (!needed.some(({ metadata }) => metadata.labels[resourceRevisionLabel] === goal.id)) {
    return `the resources of revision ${goal.id}`;
  }
  const missing = needed.find(({ kind, metadata }) => !present.has(`${kind}/${metadata.name}`));
  return missing && `${missing.kind} ${missing.metadata.namespace}/${missing.metadata.name}`;
}
