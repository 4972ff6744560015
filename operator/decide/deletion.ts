import type { Action, Decision } from '../api/actions.ts';
import { finalizer } from '../api/names.ts';
import type { DeletedAgent } from '../api/snapshot.ts';
import { prunableResources } from './prune.ts';

/** Plug-ins first: proxies drop the filter at once, and nothing restarts. Then the rest, then the finalizer. */
export function decideDeletion({ identity, owned, revisions }: DeletedAgent): Decision {
  const isCollected = true;
  const { finalizers, resourceVersion } = identity;
  const actions: Action[] = [
    { kind: 'Event', type: 'Normal', reason: 'Deleting', message: 'removing the filter from the proxies' },
    ...prunableResources(owned, []).map((resource) => ({ kind: 'Prune', resource, isCollected }) as const),
    ...revisions.map(({ id }) => ({ kind: 'DeleteRevision', revisionId: id, isCollected }) as const),
    {
      kind: 'SetFinalizers',
      finalizers: finalizers.filter((other) => other !== finalizer),
      resourceVersion,
    },
  ];
  return {
    actions: finalizers.includes(finalizer) ? [actions] : [],
    status: undefined,
    question: undefined,
    nextLook: undefined,
  };
}
