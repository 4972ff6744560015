import type { Action } from '../../operator/api/actions.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import type { Workload, WorkloadStep } from '../../operator/api/workload.ts';
import { decide } from '../../operator/decide/decide.ts';

/** What the snapshot is after an action. Workloads get their labels and steps at once; their pods stay as they are. */
export function afterAction(snapshot: Snapshot, action: Action): Snapshot {
  const { identity, revisions, owned, workloads } = snapshot;
  switch (action.kind) {
    case 'SetFinalizers':
      return { ...snapshot, identity: { ...identity, finalizers: action.finalizers } };
    case 'CheckConfiguration': {
      const accepted = [[action.revision.id, { state: 'Accepted' }]] as const;
      return { ...snapshot, configurations: new Map([...snapshot.configurations, ...accepted]) };
    }
    case 'CreateRevision':
      return { ...snapshot, revisions: [...revisions, action.revision] };
    case 'ClearFailure':
    case 'Remember':
      return {
        ...snapshot,
        revisions: revisions.map((one) => {
          if (one.id !== action.revisionId) return one;
          const failure = action.kind === 'Remember' ? one.failure : undefined;
          return { ...one, failure, memory: action.memory };
        }),
      };
    case 'AcknowledgeRetry':
      return { ...snapshot, identity: { ...identity, retry: undefined } };
    case 'AcknowledgePromotion': {
      const requests = { ...identity.requests, promote: undefined };
      return { ...snapshot, identity: { ...identity, requests } };
    }
    case 'DeleteRevision':
      return { ...snapshot, revisions: revisions.filter(({ id }) => id !== action.revisionId) };
    case 'MarkStable':
      return {
        ...snapshot,
        revisions: revisions.map((one) =>
          one.id === action.revisionId ? { ...one, stableSince: action.since } : one,
        ),
      };
    case 'MarkFailed':
      return {
        ...snapshot,
        revisions: revisions.map((one) =>
          one.id === action.revisionId ? { ...one, failure: action.failure } : one,
        ),
      };
    case 'Apply': {
      const { kind, metadata, spec } = action.resource;
      const { name, labels, ownerReferences } = metadata;
      const others = owned.filter((one) => one.kind !== kind || one.name !== name);
      return { ...snapshot, owned: [...others, { kind, name, labels, ownerReferences, spec }] };
    }
    case 'Prune': {
      const { kind, name } = action.resource;
      return { ...snapshot, owned: owned.filter((one) => one.kind !== kind || one.name !== name) };
    }
    case 'SetWorkloadRevision':
      return {
        ...snapshot,
        workloads: workloads.map((one) =>
          one.uid === action.workload.uid ? { ...one, ...labelled(one, action.step) } : one,
        ),
      };
    case 'AdoptEdits':
      return {
        ...snapshot,
        workloads: workloads.map((one) =>
          one.uid === action.workload.uid ? { ...one, ...adopted(one, action) } : one,
        ),
      };
    case 'LabelPods': {
      const labelled = new Set(action.pods.map(({ uid }) => uid));
      const { revision } = action;
      return {
        ...snapshot,
        pods: snapshot.pods.map((pod) => (labelled.has(pod.uid) ? { ...pod, revision } : pod)),
      };
    }
    case 'RefetchModule':
    case 'Event':
      return snapshot;
  }
}

function labelled(workload: Workload, step: WorkloadStep): Partial<Workload> {
  const isChanged = step.revision !== workload.templateRevision;
  const generation = workload.generation + (isChanged ? 1 : 0);
  return { step, templateRevision: step.revision, generation };
}

/** Some runs, each on what the one before left. */
export function afterRuns(snapshot: Snapshot, runs: number) {
  const actions: Action[] = [];
  let current = snapshot;
  for (let run = 0; run < runs; run += 1) {
    const { actions: lists, status } = decide(current);
    for (const action of lists.flat()) {
      actions.push(action);
      current = afterAction(current, action);
    }
    if (status) current = { ...current, agent: { ...current.agent, status } };
  }
  return { snapshot: current, actions };
}

function adopted(
  { editedFields, foreignManager }: Workload,
  { fields }: Extract<Action, { kind: 'AdoptEdits' }>,
): Pick<Workload, 'editedFields' | 'foreignManager'> {
  return {
    editedFields: editedFields.filter((field) => !fields.includes(field)),
    foreignManager: fields.includes('RevisionLabel') ? undefined : foreignManager,
  };
}
