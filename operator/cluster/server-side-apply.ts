import { isDeepStrictEqual } from 'node:util';
import { AgentError } from '../api/errors.ts';
import { fieldManager } from '../api/names.ts';
import { ApiError, hasCode } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { isKind, objectPath, type ObjectKey } from './kinds.ts';
import type { KubernetesObject } from './kubernetes-object.ts';

/** An object to apply: all that we want to own of it, and nothing else. */
export interface ApplyConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    /** Refuses another object of the same name, and the making of one that is gone. */
    readonly uid?: string;
  };
}

export interface ApplyOptions {
  readonly subresource?: 'status';
  /**
   * For objects that are ours alone: fields that were edited by hand (an Update, not an Apply) are set back. What another
   * manager applies is a question for a person, and is never overridden.
   */
  readonly overridesEdits?: boolean;
}

/**
 * Server-side apply as `sp-agent`.
 * @returns the object as the API server now has it.
 * @throws {AgentError} FieldConflict with object, field and manager; ApplyFailed with the server's reason.
 */
export async function applyObject<T extends KubernetesObject>(
  client: ClusterClient,
  object: ApplyConfiguration,
  options: ApplyOptions = {},
): Promise<T> {
  try {
    return await patch<T>(client, object, options);
  } catch (error) {
    if (!(error instanceof ApiError)) throw unreachable(object, error);
    const conflicts = conflictsOf(error);
    const areEdits = conflicts.length > 0 && conflicts.every(({ isEdit }) => isEdit);
    if (!options.overridesEdits || !areEdits) throw refusal(object, error);
  }
  try {
    return await patch<T>(client, object, { ...options, force: true });
  } catch (error) {
    throw error instanceof ApiError ? refusal(object, error) : unreachable(object, error);
  }
}

/** An object of which we own the entire spec. */
type WholeObject = ApplyConfiguration & { readonly spec: object };

/**
 * As `applyObject` that overrides edits, and takes out of the spec what somebody added to it: server-side apply leaves a field
 * alone that it does not name.
 * @throws {AgentError} as `applyObject`; FieldConflict too where another manager applies fields of the spec that we do not.
 */
export async function applyWholeObject(
  client: ClusterClient,
  object: WholeObject,
): Promise<KubernetesObject> {
  const applied = await applyObject<KubernetesObject & { readonly spec?: unknown }>(client, object, {
    overridesEdits: true,
  });
  // Undefined members are not in JSON.
  const spec: unknown = JSON.parse(JSON.stringify(object.spec));
  if (isDeepStrictEqual(applied.spec, spec)) return applied;
  const { managedFields = [], resourceVersion } = applied.metadata;
  const other = managedFields.find(
    ({ manager, operation, fieldsV1 = {} }) =>
      operation === 'Apply' && manager !== fieldManager && 'f:spec' in fieldsV1,
  );
  if (other) {
    const message = `${nameOf(object)}: "${other.manager}" adds fields to spec; remove them there`;
    throw new AgentError('FieldConflict', message, { retryable: true });
  }
  try {
    return await client.json({
      method: 'PATCH',
      path: objectPath(keyOf(object)),
      query: { fieldManager },
      body: [
        // Whoever wrote meanwhile is looked at first.
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'replace', path: '/spec', value: spec },
      ],
      contentType: 'application/json-patch+json',
    });
  } catch (error) {
    throw error instanceof ApiError ? refusal(object, error) : unreachable(object, error);
  }
}

function patch<T>(
  client: ClusterClient,
  object: ApplyConfiguration,
  options: ApplyOptions & { force?: boolean },
): Promise<T> {
  return client.json<T>({
    method: 'PATCH',
    path: objectPath(keyOf(object), options.subresource),
    query: { fieldManager, force: String(options.force ?? false) },
    body: object,
    contentType: 'application/apply-patch+yaml',
  });
}

function keyOf({ kind, metadata }: ApplyConfiguration): ObjectKey {
  if (!isKind(kind)) throw new Error(`kind ${kind} is not one that the operator writes`);
  return { kind, namespace: metadata.namespace, name: metadata.name };
}

interface Conflict {
  readonly field: string;
  readonly manager: string;
  readonly isEdit: boolean;
}

/** The server distinguishes an Update from an Apply by naming the API version that it used, and the time. */
const conflictPattern = /^conflict with "([^"]*)"(?: with subresource "[^"]*")?( using )?/;

function conflictsOf(error: ApiError): Conflict[] {
  return error.causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field = '', message = '' }) => {
      const [, manager = 'another manager', using] = conflictPattern.exec(message) ?? [];
      return { field: field.replace(/^\./, ''), manager, isEdit: using !== undefined };
    });
}

function refusal(object: ApplyConfiguration, error: ApiError): AgentError {
  const conflict = conflictsOf(error)[0];
  if (conflict) {
    const { field, manager } = conflict;
    const message = `${nameOf(object)}: ${field} is managed by "${manager}"; remove it there`;
    return new AgentError('FieldConflict', message, { retryable: true, cause: error });
  }
  return new AgentError('ApplyFailed', `${nameOf(object)}: ${error.message}`, {
    retryable: true,
    cause: error,
  });
}

function unreachable(object: ApplyConfiguration, cause: unknown): AgentError {
  const message = `${nameOf(object)}: the API server could not be reached`;
  return new AgentError('ApplyFailed', message, { retryable: true, cause });
}

function nameOf({ kind, metadata }: ApplyConfiguration): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** Deletes an object; one that is gone, or of a kind that is gone, counts as deleted. */
export async function deleteObject(
  client: ClusterClient,
  key: ObjectKey,
  preconditions: { readonly uid?: string; readonly resourceVersion?: string } = {},
): Promise<void> {
  try {
    await client.json({
      method: 'DELETE',
      path: objectPath(key),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions },
    });
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
  }
}
