import type { V1ConfigMap, V1OwnerReference } from '@kubernetes/client-node';
import { createHash } from 'node:crypto';
import { apiGroup, managedByLabel, managedByValue } from '../../api/names.ts';

/** Raw bytes of one ConfigMap: base64 makes a third more of it, and the API server takes 1 MiB. */
export const chunkBytesMax = 512 * 1024;

/** No module that we take has more; a higher number was written by somebody else. */
const chunkCountMax = 1024;

/** On each chunk: the first 40 digits of its module's digest, as a label takes 63 characters. */
export const moduleLabel = `${apiGroup}/module`;
/** On each chunk: its index. Chunk 0 is written last and removed first, so its presence means a complete module. */
export const chunkLabel = `${apiGroup}/chunk`;
const digestAnnotation = `${apiGroup}/digest`;
const chunkCountAnnotation = `${apiGroup}/chunk-count`;
const sizeAnnotation = `${apiGroup}/size-bytes`;
const reportsRevisionAnnotation = `${apiGroup}/reports-revision`;

const sourceLabelPrefix = `source.${apiGroup}/`;

/** On chunk 0, for each source that gives this module; several can. Its value says nothing. */
export function sourceLabel(sourceKey: string): string {
  return `${sourceLabelPrefix}${sourceKey}`;
}

/** What each chunk records about its module. */
export interface ChunkIndex {
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** See `ModuleInfo`. */
  readonly reportsRevision: boolean;
  readonly chunkCount: number;
}

/** A module in the cluster. */
export interface StoredModule {
  readonly digest: string;
  readonly sizeBytes: number;
  /** See `ModuleInfo`. */
  readonly reportsRevision: boolean;
  /** Of the oldest chunk, RFC 3339: what is young may not be named by its revision yet. */
  readonly createdAt: string;
  /** Of the sources that gave it. */
  readonly sourceKeys: readonly string[];
  /** False while it is being written, when whoever wrote it was killed, and when a chunk was lost since. */
  readonly isWhole: boolean;
}

/** Of a chunk, also without its bytes. */
export interface ChunkMetadata {
  readonly name: string;
  readonly creationTimestamp: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ChunkOptions {
  readonly namespace: string;
  readonly reportsRevision?: boolean;
  readonly ownerReferences?: V1OwnerReference[] | undefined;
}

export function chunkName(digest: string, index: number): string {
  return `module-${digest}-${index}`;
}

/** The immutable ConfigMaps that hold a module, chunk 0 first. */
export function chunksOf(
  bytes: Uint8Array,
  { namespace, reportsRevision = false, ownerReferences }: ChunkOptions,
): V1ConfigMap[] {
  const digest = sha256(bytes);
  const chunkCount = Math.max(1, Math.ceil(bytes.length / chunkBytesMax));
  return Array.from({ length: chunkCount }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: chunkName(digest, index),
      namespace,
      labels: {
        [managedByLabel]: managedByValue,
        [moduleLabel]: digest.slice(0, 40),
        [chunkLabel]: String(index),
      },
      annotations: {
        [digestAnnotation]: digest,
        [chunkCountAnnotation]: String(chunkCount),
        [sizeAnnotation]: String(bytes.length),
        [reportsRevisionAnnotation]: String(reportsRevision),
      },
      ...(ownerReferences ? { ownerReferences } : {}),
    },
    immutable: true,
    binaryData: {
      module: Buffer.from(bytes.subarray(index * chunkBytesMax, (index + 1) * chunkBytesMax)).toString(
        'base64',
      ),
    },
  }));
}

type NamedAnnotations = Partial<Pick<ChunkMetadata, 'name' | 'annotations'>>;

/** @throws when a chunk does not say what it belongs to. */
export function chunkIndexOf({ name, annotations }: NamedAnnotations): ChunkIndex {
  const annotation = (key: string) => annotations?.[key] ?? '';
  const digest = annotation(digestAnnotation);
  const chunkCount = Number(annotation(chunkCountAnnotation));
  const sizeBytes = Number(annotation(sizeAnnotation));
  const isUsable = /^[0-9a-f]{64}$/.test(digest) && Number.isSafeInteger(sizeBytes);
  if (!isUsable || !Number.isSafeInteger(chunkCount) || chunkCount < 1 || chunkCount > chunkCountMax) {
    throw new Error(`ConfigMap ${name}: its annotations do not describe a module; delete it`);
  }
  return { digest, chunkCount, sizeBytes, reportsRevision: annotation(reportsRevisionAnnotation) === 'true' };
}

/** The modules that some chunks belong to, by digest. Chunks that say nothing usable are left out. */
export function modulesOf(chunks: readonly ChunkMetadata[]): StoredModule[] {
  const byDigest = new Map<string, ChunkMetadata[]>();
  for (const chunk of chunks) {
    const digest = chunk.annotations?.[digestAnnotation];
    if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), chunk]);
  }
  return [...byDigest].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, of]) => moduleOf(of) ?? []);
}

/** A module whose chunks are all there, by its chunk 0. @throws when that does not say what it belongs to. */
export function storedModule(head: ChunkMetadata): StoredModule {
  const { digest, sizeBytes, reportsRevision } = chunkIndexOf(head);
  const sourceKeys = Object.keys(head.labels ?? {})
    .filter((label) => label.startsWith(sourceLabelPrefix))
    .map((label) => label.slice(sourceLabelPrefix.length));
  return {
    digest,
    sizeBytes,
    reportsRevision,
    createdAt: head.creationTimestamp,
    sourceKeys,
    isWhole: true,
  };
}

function moduleOf(chunks: readonly ChunkMetadata[]): StoredModule | undefined {
  const [first] = chunks;
  if (!first) return undefined;
  let index: ChunkIndex;
  try {
    index = chunkIndexOf(first);
  } catch {
    return undefined;
  }
  const byIndex = new Map(chunks.map((chunk) => [chunk.labels?.[chunkLabel], chunk]));
  return {
    ...storedModule(byIndex.get('0') ?? { ...first, labels: {} }),
    createdAt: chunks.map(({ creationTimestamp }) => creationTimestamp).reduce((a, b) => (a < b ? a : b)),
    isWhole: Array.from({ length: index.chunkCount }, (_, at) => String(at)).every((at) => byIndex.has(at)),
  };
}

/** The module again, from its chunks in any order. @throws when one is missing, doubled or changed. */
export function assemble(digest: string, chunks: readonly V1ConfigMap[]): Uint8Array {
  const [first] = chunks;
  if (!first) throw new Error(`module ${digest}: no chunk is there`);
  const { chunkCount } = chunkIndexOf(first.metadata ?? {});
  const pieces = Array.from({ length: chunkCount }, (_, index) => {
    const name = chunkName(digest, index);
    const [chunk, ...others] = chunks.filter(({ metadata }) => metadata?.name === name);
    const piece = chunk?.binaryData?.['module'];
    if (piece === undefined) throw new Error(`module ${digest}: chunk ${index} of ${chunkCount} is missing`);
    if (others.length > 0)
      throw new Error(`module ${digest}: chunk ${index} of ${chunkCount} is there twice`);
    return Buffer.from(piece, 'base64');
  });
  const bytes = Buffer.concat(pieces);
  const actual = sha256(bytes);
  if (actual !== digest) {
    throw new Error(`module ${digest}: its chunks give SHA-256 ${actual}; one of them was changed`);
  }
  return bytes;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
