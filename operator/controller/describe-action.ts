import type { Action } from '../api/actions.ts';

/** What the log says of an action. */
export function describeAction(action: Action): Record<string, unknown> {
  switch (action.kind) {
    case 'SetFinalizers':
      return { finalizers: action.finalizers };
    case 'CheckConfiguration':
      return { revision: action.revision.id };
    case 'CreateRevision':
      return { revision: action.revision.id, number: action.revision.number };
    case 'AcknowledgeRetry':
    case 'AcknowledgePromotion':
      return {};
    case 'ClearFailure':
    case 'Remember':
    case 'MarkStable':
    case 'DeleteRevision':
      return { revision: action.revisionId };
    case 'MarkFailed':
      return { revision: action.revisionId, ...action.failure };
    case 'Apply':
      return { resource: `${action.resource.kind} ${action.resource.metadata.name}` };
    case 'Prune':
      return { resource: `${action.resource.kind} ${action.resource.name}` };
    case 'SetWorkloadRevision':
      return { workload: `${action.workload.kind} ${action.workload.name}`, revision: action.step.revision };
    case 'AdoptEdits':
      return { workload: `${action.workload.kind} ${action.workload.name}`, fields: action.fields };
    case 'LabelPods':
      return { pods: action.pods.map(({ name }) => name), revision: action.revision };
    case 'RefetchModule':
      return { pod: action.podName };
    case 'Event':
      return { reason: action.reason, message: action.message };
  }
}
