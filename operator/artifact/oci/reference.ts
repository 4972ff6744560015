/** OCI Distribution Specification 1.1, "Pulling manifests": the forms of names, tags and digests. */
const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\])(?::[0-9]{1,5})?`;
const part = '[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*';
const tag = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';
const pattern = new RegExp(`^(${host})/(${part}(?:/${part})*)(?::(${tag}))?(?:@sha256:([0-9a-f]{64}))?$`);

export interface ImageReference {
  /** Host with its port, as written: `ghcr.io`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  /** SHA-256 of the manifest, 64 hex digits. */
  readonly digest: string | undefined;
}

/** @param text such as `ghcr.io/acme/filter:1.2`, or with `@sha256:…`; undefined if it has neither tag nor digest, or another form. */
export function parseReference(text: string): ImageReference | undefined {
  const [, registry = '', name = '', tag, digest] = pattern.exec(text) ?? [];
  if (tag === undefined && digest === undefined) return undefined;
  // Docker Hub keeps its own images below `library`.
  const repository = registry === 'docker.io' && !name.includes('/') ? `library/${name}` : name;
  return { registry, repository, tag, digest };
}

/** Docker Hub is named otherwise than its API. */
export function apiUrl({ registry, repository }: ImageReference): string {
  return `https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}/v2/${repository}`;
}
