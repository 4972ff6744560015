import type { V1ConfigMap } from '@kubernetes/client-node';
import { noTraits, traitsOf, type ModuleTraits } from '../../api/artifact.ts';
import { apiGroup, managedByLabel, managedByValue } from '../../api/names.ts';

/**
 * Bytes of a module in one ConfigMap, before they are compressed: base64 makes a third more of those that cannot be, and the API
 * server takes 1 MiB.
 */
export const chunkBytesMax = 256 * 1024;

/** No module that we take has more; a higher number was written by somebody else. */
const chunkCountMax = 1024;

/** On each chunk: the first 40 digits of its module's digest, as a label takes 63 characters. */
export const moduleLabel = `${apiGroup}/module`;
/** On each chunk: its index. Chunk 0 is written last and removed first, so its presence means a complete module. */
export const chunkLabel = `${apiGroup}/chunk`;
const digestAnnotation = `${apiGroup}/digest`;
const chunkCountAnnotation = `${apiGroup}/chunk-count`;
const sizeAnnotation = `${apiGroup}/size-bytes`;
const storedAnnotation = `${apiGroup}/stored-bytes`;
const reportsRevisionAnnotation = `${apiGroup}/reports-revision`;
const readsSpecAnnotation = `${apiGroup}/reads-spec`;
const rootIdAnnotation = `${apiGroup}/root-id`;

/** In the binary data of a chunk. */
const pieceKey = 'module.gz';

const sourceLabelPrefix = `source.${apiGroup}/`;

/** On chunk 0, for each source that gives this module; several can. Its value says nothing. */
export function sourceLabel(sourceKey: string): string {
  return `${sourceLabelPrefix}${sourceKey}`;
}

const namespaceLabelPrefix = `namespace.${apiGroup}/`;

/** On chunk 0, for each namespace whose agents use the module. Its value says nothing. */
export function namespaceLabel(namespace: string): string {
  return `${namespaceLabelPrefix}${namespace}`;
}

/** What each chunk records about its module. */
export interface ChunkIndex extends ModuleTraits {
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  readonly chunkCount: number;
}

/** A module in the cluster. */
export interface StoredModule extends ModuleTraits {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly storedBytes: number;
  /** Of the oldest chunk, RFC 3339: what is young may not be named by its revision yet. */
  readonly createdAt: string;
  /** Of the sources that gave it. */
  readonly sourceKeys: readonly string[];
  /** Whose agents use it. */
  readonly namespaces: readonly string[];
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
  readonly traits?: ModuleTraits;
}

/** A module as it is kept: in pieces, each compressed by itself, so that one can be read without the others. */
export interface PackedModule {
  /** SHA-256 of the module, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly pieces: readonly Uint8Array[];
}

export function chunkName(digest: string, index: number): string {
  return `module-${digest}-${index}`;
}

/** The immutable ConfigMaps that hold a module, chunk 0 first. */
export function chunksOf(
  { digest, sizeBytes, pieces }: PackedModule,
  { namespace, traits = noTraits }: ChunkOptions,
): V1ConfigMap[] {
  const annotations = {
    [digestAnnotation]: digest,
    [chunkCountAnnotation]: String(pieces.length),
    [sizeAnnotation]: String(sizeBytes),
    [storedAnnotation]: String(storedBytesOf(pieces)),
    [reportsRevisionAnnotation]: String(traits.reportsRevision),
    [readsSpecAnnotation]: String(traits.readsSpec),
    ...(traits.rootId === undefined ? {} : { [rootIdAnnotation]: traits.rootId }),
  };
  return pieces.map((piece, index) => ({
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
      annotations,
    },
    immutable: true,
    binaryData: { [pieceKey]: Buffer.from(piece).toString('base64') },
  }));
}

/** What the pieces of a module take of a budget. */
export function storedBytesOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** The piece of the module that a chunk holds; undefined if it holds none. */
export function pieceOf({ binaryData }: Pick<V1ConfigMap, 'binaryData'>): Buffer | undefined {
  const piece = binaryData?.[pieceKey];
  return piece === undefined ? undefined : Buffer.from(piece, 'base64');
}

type NamedAnnotations = Partial<Pick<ChunkMetadata, 'name' | 'annotations'>>;

/** @throws when a chunk does not say what it belongs to. */
export function chunkIndexOf({ name, annotations }: NamedAnnotations): ChunkIndex {
  const annotation = (key: string) => annotations?.[key] ?? '';
  const digest = annotation(digestAnnotation);
  const chunkCount = Number(annotation(chunkCountAnnotation));
  const sizeBytes = Number(annotation(sizeAnnotation));
  const storedBytes = Number(annotation(storedAnnotation));
  const isUsable = /^[0-9a-f]{64}$/.test(digest) && [sizeBytes, storedBytes].every(Number.isSafeInteger);
  if (!isUsable || !Number.isSafeInteger(chunkCount) || chunkCount < 1 || chunkCount > chunkCountMax) {
    throw new Error(`ConfigMap ${name}: its annotations do not describe a module; delete it`);
  }
  return {
    digest,
    chunkCount,
    sizeBytes,
    storedBytes,
    reportsRevision: annotation(reportsRevisionAnnotation) === 'true',
    readsSpec: annotation(readsSpecAnnotation) === 'true',
    rootId: annotations?.[rootIdAnnotation],
  };
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
  const index = chunkIndexOf(head);
  const { digest, sizeBytes, storedBytes } = index;
  return {
    digest,
    sizeBytes,
    storedBytes,
    ...traitsOf(index),
    createdAt: head.creationTimestamp,
    sourceKeys: namesAfter(sourceLabelPrefix, head.labels),
    namespaces: namesAfter(namespaceLabelPrefix, head.labels),
    isWhole: true,
  };
}

function namesAfter(prefix: string, labels: ChunkMetadata['labels'] = {}): string[] {
  const found = Object.keys(labels).filter((label) => label.startsWith(prefix));
  return found.map((label) => label.slice(prefix.length));
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

/** The pieces of a module, from its chunks in any order. @throws when one is missing or doubled. */
export function piecesOf(digest: string, chunks: readonly V1ConfigMap[]): Uint8Array[] {
  const [first] = chunks;
  if (!first) throw new Error(`module ${digest}: no chunk is there`);
  const { chunkCount } = chunkIndexOf(first.metadata ?? {});
  return Array.from({ length: chunkCount }, (_, index) => {
    const name = chunkName(digest, index);
    const [chunk, ...others] = chunks.filter(({ metadata }) => metadata?.name === name);
    const piece = chunk && pieceOf(chunk);
    if (piece === undefined) throw new Error(`module ${digest}: chunk ${index} of ${chunkCount} is missing`);
    if (others.length > 0)
      throw new Error(`module ${digest}: chunk ${index} of ${chunkCount} is there twice`);
    return piece;
  });
}
