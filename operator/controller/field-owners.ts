import {
  fieldManager,
  podRevisionLabel,
  publicKeyEnvName,
  redactionKeyEnvName,
  revisionLabelPrefix,
  stepAnnotation,
} from '../api/names.ts';
import type { OwnField } from '../api/workload.ts';
import type { ManagedFields, ObjectMeta } from '../cluster/kubernetes-object.ts';
import { valueAt } from '../cluster/value-at.ts';

export interface FieldOwners {
  /** Agent's name → who owns the label of its revision in the template, if we do not. */
  readonly foreignManagers: Readonly<Record<string, string>>;
  /** Names of the agents whose label belongs to an edit, and not to what somebody else applies. */
  readonly editedLabels: readonly string[];
  /** Names of the agents whose step belongs to an edit. */
  readonly editedSteps: readonly string[];
  readonly areKeysEdited: boolean;
}

const labels = ['f:spec', 'f:template', 'f:metadata', 'f:labels'];
const annotations = ['f:metadata', 'f:annotations'];
const keys = [...['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"istio-proxy"}', 'f:env']];
const keyNames = [publicKeyEnvName, redactionKeyEnvName].map((name) => `k:{"name":"${name}"}`);

/** Where a field of ours lies in a workload's managed fields. */
export function pathsOf(field: OwnField, agentName: string): string[][] {
  switch (field) {
    case 'RevisionLabel':
      return [[...labels, `f:${podRevisionLabel(agentName)}`]];
    case 'StepAnnotation':
      return [[...annotations, `f:${stepAnnotation(agentName)}`]];
    case 'ProxyKeys':
      return keyNames.map((name) => [...keys, name]);
  }
}

/** Who owns what the operator writes to a workload. */
export function fieldOwners({ managedFields = [] }: ObjectMeta): FieldOwners {
  const edits = managedFields.filter(
    ({ manager, operation }) => operation !== 'Apply' && manager !== fieldManager,
  );
  const editedKeys = edits.flatMap(({ fieldsV1 }) => Object.keys(valueAt(fieldsV1, keys) ?? {}));
  return {
    ...labelOwners(managedFields),
    editedSteps: edits.flatMap((entry) => namesBelow(entry, annotations, stepAnnotation(''))),
    areKeysEdited: editedKeys.some((name) => keyNames.includes(name)),
  };
}

function labelOwners(
  managedFields: readonly ManagedFields[],
): Pick<FieldOwners, 'foreignManagers' | 'editedLabels'> {
  const edited: Record<string, string> = {};
  const applied: Record<string, string> = {};
  const ours = new Set<string>();
  for (const entry of managedFields) {
    const { manager = 'unknown', operation } = entry;
    for (const agent of namesBelow(entry, labels, revisionLabelPrefix)) {
      if (manager === fieldManager) ours.add(agent);
      else if (operation === 'Apply') applied[agent] = manager;
      else edited[agent] = manager;
    }
  }
  const disputed = Object.entries(edited).filter(([agent]) => !ours.has(agent));
  return {
    // What another manager applies it will apply again, also where it agrees with us now.
    foreignManagers: { ...Object.fromEntries(disputed), ...applied },
    editedLabels: Object.keys(edited).filter((agent) => !(agent in applied)),
  };
}

/** Agents' names at the end of labels or annotations. */
function namesBelow({ fieldsV1 }: ManagedFields, path: readonly string[], prefix: string): string[] {
  const start = `f:${prefix}`;
  return Object.keys(valueAt(fieldsV1, path) ?? {})
    .filter((field) => field.startsWith(start))
    .map((field) => field.slice(start.length));
}

/** Who wrote the pod template last, if not us. */
export function lastWriter({ managedFields = [] }: ObjectMeta): string | undefined {
  const [last] = managedFields
    .filter(({ fieldsV1 }) => valueAt(fieldsV1, ['f:spec', 'f:template']) !== undefined)
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1));
  return last?.manager === fieldManager ? undefined : last?.manager;
}
