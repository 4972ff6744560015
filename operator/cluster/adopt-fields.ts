import { fieldManager } from '../api/names.ts';
import type { ClusterClient } from './client.ts';
import { objectPath, type ObjectKey } from './kinds.ts';
import type { KubernetesObject, ManagedFields } from './kubernetes-object.ts';
import { valueAt } from './value-at.ts';

interface FieldsToAdopt extends ObjectKey {
  readonly uid: string;
  /** Where they lie in managed fields, such as `f:spec`, `f:template`. */
  readonly fields: readonly FieldPath[];
  /** A value of the object without which nothing is adopted. */
  readonly expected?: { readonly path: readonly string[]; readonly value: string };
}

type FieldPath = readonly string[];

/** As managed fields write it: a tree whose leaves are empty. */
type FieldSet = Readonly<Record<string, unknown>>;

/**
 * Makes fields that edits own of an object ours, as if we had applied them: the next apply may change them without a conflict, and
 * takes away those that it no longer names. The object itself stays as it is. client-go's csaupgrade changes owners in the same way.
 * @returns the object.
 * @throws {ApiError} 404 and 409 where the object is gone or another one, 422 where somebody wrote to it meanwhile.
 */
export async function adoptFields(
  client: ClusterClient,
  { uid, fields, expected, ...key }: FieldsToAdopt,
): Promise<KubernetesObject> {
  const patch = (body: unknown, contentType: string) =>
    client.json<KubernetesObject>({ method: 'PATCH', path: objectPath(key), body, contentType });
  // Changes nothing, and answers with the object: the operator needs no right to get single workloads.
  const found = await patch({ metadata: { uid } }, 'application/merge-patch+json');
  if (expected !== undefined && valueAt(found, expected.path) !== expected.value) return found;
  const { managedFields = [], resourceVersion } = found.metadata;
  const value = adopted(managedFields, fields);
  if (value === undefined) return found;
  return patch(
    [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/metadata/managedFields', value },
    ],
    'application/json-patch+json',
  );
}

/** Undefined: no edit owns any of the fields. */
function adopted(
  entries: readonly ManagedFields[],
  fields: readonly FieldPath[],
): ManagedFields[] | undefined {
  const isEdit = ({ manager, operation }: ManagedFields) =>
    operation === 'Update' && manager !== fieldManager;
  const isOurs = ({ manager, operation }: ManagedFields) => operation === 'Apply' && manager === fieldManager;
  const edits = entries.filter((entry) => isEdit(entry) && fields.some((path) => holds(entry, path)));
  const [first] = edits;
  if (first === undefined) return undefined;
  const taken = edits.flatMap(({ fieldsV1 = {} }) => fields.map((path) => only(fieldsV1, path)));
  const ours = entries.find(isOurs) ?? { ...first, manager: fieldManager, operation: 'Apply', fieldsV1: {} };
  const others = entries
    .filter((entry) => !isOurs(entry))
    .flatMap((entry) => (edits.includes(entry) ? without(entry, fields) : [entry]));
  return [{ ...ours, fieldsV1: taken.reduce(union, ours.fieldsV1 ?? {}) }, ...others];
}

function holds({ fieldsV1 }: ManagedFields, path: FieldPath): boolean {
  return valueAt(fieldsV1, path) !== undefined;
}

/** The field of a set with the ones above it; empty if the set does not have it. */
function only(set: FieldSet, path: FieldPath): FieldSet {
  const field = valueAt(set, path);
  if (field === undefined) return {};
  return path.reduceRight<FieldSet>((inner, name) => ({ [name]: inner }), field as FieldSet);
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const both = Object.entries(b).map(([name, inner]) => [
    name,
    union((a[name] ?? {}) as FieldSet, inner as FieldSet),
  ]);
  return { ...a, ...(Object.fromEntries(both) as FieldSet) };
}

/** The entry without the fields; none if it owns nothing else. */
function without(entry: ManagedFields, fields: readonly FieldPath[]): ManagedFields[] {
  const fieldsV1 = fields.reduce<FieldSet | undefined>(
    (set, path) => (set === undefined ? undefined : withoutField(set, path)),
    entry.fieldsV1,
  );
  return fieldsV1 === undefined ? [] : [{ ...entry, fieldsV1 }];
}

/** A set without members would own the field above, and is left out. */
function withoutField(set: FieldSet, [name = '', ...rest]: FieldPath): FieldSet | undefined {
  const { [name]: inner, ...others } = set;
  if (inner === undefined) return set;
  const left = rest.length === 0 ? undefined : withoutField(inner as FieldSet, rest);
  const all = left === undefined ? others : { ...others, [name]: left };
  return Object.keys(all).length === 0 ? undefined : all;
}
