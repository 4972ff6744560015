import type { V1ConfigMap } from '@kubernetes/client-node';
import { noTraits, type ModuleTraits } from '../../api/artifact.ts';
import { AgentError, messageOf } from '../../api/errors.ts';
import { hasCode } from '../../cluster/api-error.ts';
import type { ClusterClient } from '../../cluster/client.ts';
import { FairSlots } from '../../cluster/fair-slots.ts';
import { collectionPath, objectPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import { requireBudget, type StoreBudget } from './budget.ts';
import {
  chunkIndexOf,
  chunkLabel,
  chunkName,
  chunksOf,
  moduleLabel,
  modulesOf,
  namespaceLabel,
  pieceOf,
  piecesOf,
  sourceLabel,
  storedBytesOf,
  storedModule,
  type ChunkMetadata,
  type StoredModule,
} from './chunks.ts';
import { packModule, unpackModule } from './pack.ts';

export interface Use {
  /** Whose agent uses the module. */
  readonly namespace: string;
  /** The bundled filter: no budget of a tenant keeps it from another. */
  readonly isOurs?: boolean;
}

export interface PutOptions extends Use {
  /** The source that gave the module: `findBySource` knows it from then on. */
  readonly sourceKey: string;
  /** Default: none. */
  readonly traits?: ModuleTraits;
}

/**
 * Modules kept in the cluster, by digest. Each method fails with an AgentError of reason StoreFailed; the same attempt
 * may succeed later.
 */
export interface ModuleStore {
  /**
   * Keeps a module. Repeating it, also after a death in the middle, completes what is there.
   * @returns what the store has of it now.
   * @throws {AgentError} StoreBudgetExceeded before anything is written.
   */
  put(bytes: Uint8Array, options: PutOptions): Promise<StoredModule>;
  /** Writes down that a namespace uses a module that is there. @throws {AgentError} StoreBudgetExceeded */
  use(module: StoredModule, use: Use): Promise<StoredModule>;
  /** Writes down that namespaces use a module no longer. */
  release(digest: string, namespaces: readonly string[]): Promise<void>;
  get(digest: string): Promise<Uint8Array | undefined>;
  /** One of the ConfigMaps of a module. */
  chunk(digest: string, index: number): Promise<V1ConfigMap | undefined>;
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
  readonly budget: StoreBudget;
}

const unlimited: StoreBudget = { totalBytes: Infinity, namespaceBytes: Infinity };

export function createModuleStore(
  client: ClusterClient,
  namespace: string,
  budget: StoreBudget = unlimited,
): ModuleStore {
  const room = { client, namespace, budget };
  // Between the look at the budget and the write no other may come.
  const writes = new FairSlots({ total: 1, perGroup: 1 });
  return {
    put: (bytes, options) =>
      writes.run(options.namespace, () => orStoreFailed('kept', () => put(room, bytes, options))),
    use: (module, claim) =>
      writes.run(claim.namespace, () => orStoreFailed('used', () => use(room, module, claim))),
    release: (digest, namespaces) => orStoreFailed('released', () => release(room, digest, namespaces)),
    get: (digest) => orStoreFailed('read', () => get(room, digest)),
    chunk: (digest, index) => orStoreFailed('read', () => readChunk(room, chunkName(digest, index))),
    findBySource: (sourceKey) => orStoreFailed('looked for', () => findBySource(room, sourceKey)),
    list: () => orStoreFailed('listed', () => list(room)),
    delete: (digest) => orStoreFailed('deleted', () => deleteModule(room, digest)),
  };
}

function chunkPath({ namespace }: Room, name: string): string {
  return objectPath({ kind: 'ConfigMap', namespace, name });
}

async function put(room: Room, bytes: Uint8Array, options: PutOptions): Promise<StoredModule> {
  const packed = await packModule(bytes);
  const { digest, pieces } = packed;
  if (!options.isOurs) {
    const claim = { digest, storedBytes: storedBytesOf(pieces), namespace: options.namespace };
    requireBudget(room.budget, await list(room), claim);
  }
  const { traits = noTraits, sourceKey } = options;
  const chunks = chunksOf(packed, { namespace: room.namespace, traits });
  // Chunk 0 comes last: whoever sees it may read the others.
  for (const chunk of chunks.reverse()) await createChunk(room, chunk);
  return label(room, digest, { [sourceLabel(sourceKey)]: '', [namespaceLabel(options.namespace)]: '' });
}

async function use(room: Room, module: StoredModule, { namespace, isOurs }: Use): Promise<StoredModule> {
  const { digest, storedBytes } = module;
  if (!isOurs) requireBudget(room.budget, await list(room), { digest, storedBytes, namespace });
  return label(room, digest, { [namespaceLabel(namespace)]: '' });
}

async function release(room: Room, digest: string, namespaces: readonly string[]): Promise<void> {
  await label(room, digest, Object.fromEntries(namespaces.map((name) => [namespaceLabel(name), null])));
}

async function label(
  room: Room,
  digest: string,
  labels: Readonly<Record<string, string | null>>,
): Promise<StoredModule> {
  const head = await room.client.json<{ readonly metadata: ChunkMetadata }>({
    method: 'PATCH',
    path: chunkPath(room, chunkName(digest, 0)),
    contentType: 'application/merge-patch+json',
    body: { metadata: { labels } },
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
    if (existing && pieceOf(existing)?.equals(pieceOf(chunk) ?? Buffer.alloc(0))) return;
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
  return unpackModule(digest, piecesOf(digest, chunks));
}

async function list(room: Room): Promise<StoredModule[]> {
  return modulesOf(await chunkMetadata(room, moduleLabel));
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
    if (cause instanceof AgentError) throw cause;
    const message = messageOf(cause);
    throw new AgentError('StoreFailed', `a module could not be ${what}: ${message}`, {
      retryable: true,
      cause,
    });
  }
}
