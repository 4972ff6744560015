import type { V1ConfigMap, V1OwnerReference } from '@kubernetes/client-node';
import { AgentError, messageOf } from '../../api/errors.ts';
import { hasCode } from '../../cluster/api-error.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { collectionPath, objectPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import {
  assemble,
  chunkIndexOf,
  chunkLabel,
  chunkName,
  chunksOf,
  moduleLabel,
  modulesOf,
  storedModule,
  sourceLabel,
  type ChunkMetadata,
  type StoredModule,
} from './chunks.ts';

export interface PutOptions {
  /** The source that gave the module: `findBySource` knows it from then on. */
  readonly sourceKey: string;
  /** See `ModuleInfo`. Default false. */
  readonly reportsRevision?: boolean;
  /** Who takes the module with it when it is deleted; without one it stays until it is deleted itself. */
  readonly ownerReferences?: V1OwnerReference[];
}

/**
 * Modules kept in the cluster, by digest. Each method fails with an AgentError of reason StoreFailed; the same attempt
 * may succeed later.
 */
export interface ModuleStore {
  /**
   * Keeps a module. Repeating it, also after a death in the middle, completes what is there.
   * @returns what the store has of it now.
   */
  put(bytes: Uint8Array, options: PutOptions): Promise<StoredModule>;
  get(digest: string): Promise<Uint8Array | undefined>;
  /** The module that a source gave earlier, if it is there and complete. */
  findBySource(sourceKey: string): Promise<StoredModule | undefined>;
  /** Also modules that are not complete. */
  list(): Promise<StoredModule[]>;
  delete(digest: string): Promise<void>;
}

/** The ConfigMaps of one namespace. */
interface Room {
  readonly client: ClusterClient;
  readonly namespace: string;
}

export function createModuleStore(client: ClusterClient, namespace: string): ModuleStore {
  const room = { client, namespace };
  return {
    put: (bytes, options) =>
      orStoreFailed('kept', () => put(room, chunksOf(bytes, { namespace, ...options }), options)),
    get: (digest) => orStoreFailed('read', () => get(room, digest)),
    findBySource: (sourceKey) => orStoreFailed('looked for', () => findBySource(room, sourceKey)),
    list: () => orStoreFailed('listed', async () => modulesOf(await chunkMetadata(room, moduleLabel))),
    delete: (digest) => orStoreFailed('deleted', () => deleteModule(room, digest)),
  };
}

function chunkPath({ namespace }: Room, name: string): string {
  return objectPath({ kind: 'ConfigMap', namespace, name });
}

async function put(
  room: Room,
  chunks: readonly V1ConfigMap[],
  { sourceKey }: PutOptions,
): Promise<StoredModule> {
  // Chunk 0 comes last: whoever sees it may read the others.
  for (const chunk of [...chunks].reverse()) await createChunk(room, chunk);
  const head = await room.client.json<{ readonly metadata: ChunkMetadata }>({
    method: 'PATCH',
    path: chunkPath(room, chunks[0]?.metadata?.name ?? ''),
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels: { [sourceLabel(sourceKey)]: '' } } },
  });
  return storedModule(head.metadata);
}

/** A chunk cannot be changed, so one of the same name is the same, unless somebody made it by hand. */
async function createChunk(room: Room, chunk: V1ConfigMap): Promise<void> {
  const name = chunk.metadata?.name ?? '';
  const create = () =>
    room.client.json({ method: 'POST', path: collectionPath('ConfigMap', room.namespace), body: chunk });
  try {
    await create();
  } catch (error) {
    if (!hasCode(error, 409)) throw error;
    const existing = await readChunk(room, name);
    if (existing?.binaryData?.['module'] === chunk.binaryData?.['module']) return;
    await deleteChunk(room, name);
    await create();
  }
}

async function get(room: Room, digest: string): Promise<Uint8Array | undefined> {
  const first = await readChunk(room, chunkName(digest, 0));
  if (!first) return undefined;
  const chunks = [first];
  const { chunkCount } = chunkIndexOf(first.metadata ?? {});
  for (let index = 1; index < chunkCount; index += 1) {
    const chunk = await readChunk(room, chunkName(digest, index));
    if (chunk) chunks.push(chunk);
  }
  return assemble(digest, chunks);
}

async function findBySource(room: Room, sourceKey: string): Promise<StoredModule | undefined> {
  const [head] = await chunkMetadata(room, `${chunkLabel}=0,${sourceLabel(sourceKey)}`);
  const label = head?.labels?.[moduleLabel];
  if (label === undefined) return undefined;
  return modulesOf(await chunkMetadata(room, `${moduleLabel}=${label}`)).find(({ isWhole }) => isWhole);
}

async function deleteModule(room: Room, digest: string): Promise<void> {
  await deleteChunk(room, chunkName(digest, 0));
  for (const { name } of await chunkMetadata(room, `${moduleLabel}=${digest.slice(0, 40)}`)) {
    await deleteChunk(room, name);
  }
}

async function readChunk(room: Room, name: string): Promise<V1ConfigMap | undefined> {
  try {
    return await room.client.json<V1ConfigMap>({ path: chunkPath(room, name) });
  } catch (error) {
    if (hasCode(error, 404)) return undefined;
    throw error;
  }
}

async function deleteChunk(room: Room, name: string): Promise<void> {
  try {
    await room.client.json({ method: 'DELETE', path: chunkPath(room, name) });
  } catch (error) {
    if (!hasCode(error, 404)) throw error;
  }
}

/** Of all chunks with a label, without their bytes: those make up the most of the store. */
async function chunkMetadata({ client, namespace }: Room, labelSelector: string): Promise<ChunkMetadata[]> {
  const chunks = await listAll<{ readonly metadata: ChunkMetadata }>(client, {
    path: collectionPath('ConfigMap', namespace),
    query: { labelSelector },
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  });
  return chunks.map(({ metadata }) => metadata);
}

async function orStoreFailed<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const message = messageOf(cause);
    throw new AgentError('StoreFailed', `a module could not be ${what}: ${message}`, {
      retryable: true,
      cause,
    });
  }
}
