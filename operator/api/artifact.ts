import type { Problem } from './problem.ts';

export type ArtifactState =
  | { readonly state: 'Pending' }
  | { readonly state: 'Ready'; readonly artifact: Artifact }
  | ({ readonly state: 'Failed' } & Problem);

/** What a module says of itself by its exports and custom sections. */
export interface ModuleTraits {
  /** It has statistics that show which revision handles requests (filter/assembly/state/revision-metrics.ts). */
  readonly reportsRevision: boolean;
  /**
   * It reads the configuration that the operator makes of the spec, and calls the backend: SP Agent's own filter, wherever it was
   * built. Any other filter is a custom one, which gets `spec.filter.config`.
   */
  readonly readsSpec: boolean;
  /** Root id that its source registers; undefined where the source names none. */
  readonly rootId: string | undefined;
}

/** Of a module that says nothing of itself. */
export const noTraits: ModuleTraits = { reportsRevision: false, readsSpec: false, rootId: undefined };

export function traitsOf({ reportsRevision, readsSpec, rootId }: ModuleTraits): ModuleTraits {
  return { reportsRevision, readsSpec, rootId };
}

/** What a module was compiled from: the same three give the same module. */
export interface Provenance {
  /** SHA-256 of all files that the compiler read, the libraries too: 64 hex digits. */
  readonly sourceDigest: string;
  /** Name and version: `assemblyscript 0.28.20`. */
  readonly compiler: string;
  /** The compiler's arguments. */
  readonly options: string;
}

export interface Artifact extends ModuleTraits {
  /** SHA-256 of the module, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** For people: `bundled source`, `ConfigMap my-filter`, the URL. */
  readonly source: string;
  /** Undefined for a module that was not compiled here. */
  readonly provenance?: Provenance | undefined;
  /** Where proxies fetch it: the operator's own address with the digest in it. */
  readonly url: string;
}
