import { fieldManager, revisionLabelPrefix } from '../api/names.ts';
import type { ObjectMeta } from '../cluster/kubernetes-object.ts';
import { valueAt } from '../cluster/value-at.ts';

export interface LabelOwners {
  /** Agent's name → who owns the label of its revision in the template, if we do not. */
  readonly foreignManagers: Readonly<Record<string, string>>;
  /** Names of the agents whose label belongs to an edit, and not to what somebody else applies. */
  readonly editedLabels: readonly string[];
}

/** Who owns the revision labels of a workload's pod template. */
export function labelOwners(metadata: ObjectMeta): LabelOwners {
  const edited: Record<string, string> = {};
  const applied: Record<string, string> = {};
  const ours = new Set<string>();
  for (const { manager = 'unknown', operation, fieldsV1 } of metadata.managedFields ?? []) {
    const labels = valueAt(fieldsV1, ['f:spec', 'f:template', 'f:metadata', 'f:labels']);
    for (const field of Object.keys(labels ?? {})) {
      if (!field.startsWith(`f:${revisionLabelPrefix}`)) continue;
      const agent = field.slice(2 + revisionLabelPrefix.length);
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

/** Who wrote the pod template last, if not us. */
export function lastWriter({ managedFields = [] }: ObjectMeta): string | undefined {
  const [last] = managedFields
    .filter(({ fieldsV1 }) => valueAt(fieldsV1, ['f:spec', 'f:template']) !== undefined)
    .sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? 1 : -1));
  return last?.manager === fieldManager ? undefined : last?.manager;
}
