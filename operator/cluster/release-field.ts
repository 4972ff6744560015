import type { ClusterClient } from './client.ts';
import { objectPath, type ObjectKey } from './kinds.ts';
import type { KubernetesObject, ManagedFields } from './kubernetes-object.ts';
import { valueAt } from './value-at.ts';

interface FieldToRelease extends ObjectKey {
  readonly uid: string;
  /** Names of the fields that lead to it, such as spec, template, metadata. */
  readonly path: readonly string[];
  readonly value: string;
}

/**
 * Takes a field that has the value out of what edits own of an object: whoever applies another value next finds no conflict with
 * them. The object itself stays as it is. client-go's csaupgrade changes owners in the same way.
 * @returns the object; as it was found if the field has another value by now.
 * @throws {ApiError} 404 and 409 where the object is gone or another one, 422 where somebody wrote to it meanwhile.
 */
export async function releaseField(
  client: ClusterClient,
  { uid, path, value, ...key }: FieldToRelease,
): Promise<KubernetesObject> {
  const patch = (body: unknown, contentType: string) =>
    client.json<KubernetesObject>({ method: 'PATCH', path: objectPath(key), body, contentType });
  // Changes nothing, and answers with the object: the operator needs no right to get single workloads.
  const found = await patch({ metadata: { uid } }, 'application/merge-patch+json');
  if (valueAt(found, path) !== value) return found;
  const { managedFields = [], resourceVersion } = found.metadata;
  const names = path.map((name) => `f:${name}`);
  const left = managedFields.flatMap((entry) =>
    entry.operation === 'Update' ? without(entry, names) : [entry],
  );
  return patch(
    [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/metadata/managedFields', value: left },
    ],
    'application/json-patch+json',
  );
}

/** The entry without the field; none if it owns nothing else. */
function without(entry: ManagedFields, names: readonly string[]): ManagedFields[] {
  const fieldsV1 = withoutField(entry.fieldsV1 ?? {}, names);
  return fieldsV1 === undefined ? [] : [{ ...entry, fieldsV1 }];
}

/** Sets of fields are trees; one without members would own the field above, and is left out. */
function withoutField(
  fields: Readonly<Record<string, unknown>>,
  [name = '', ...rest]: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const { [name]: inner, ...others } = fields;
  if (inner === undefined) return fields;
  const left = rest.length === 0 ? undefined : withoutField(inner as Readonly<Record<string, unknown>>, rest);
  const all = left === undefined ? others : { ...others, [name]: left };
  return Object.keys(all).length === 0 ? undefined : all;
}
