import type { Problem } from './problem.ts';

export type ArtifactState =
  | { readonly state: 'Pending' }
  | { readonly state: 'Ready'; readonly artifact: Artifact }
  | ({ readonly state: 'Failed' } & Problem);

export interface Artifact {
  /** SHA-256 of the module, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** It has statistics that show which revision handles requests. */
  readonly reportsRevision: boolean;
  /** For people: `bundled source`, `ConfigMap my-filter`, the URL. */
  readonly source: string;
  /** Where proxies fetch it: the operator's own address with the digest in it. */
  readonly url: string;
}
