import { listMembers } from './header-values.ts';

/** Fields of a recorded 200 that a conditional request is compared with. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export interface Conditions {
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

/** Whether a cache would answer 304: RFC 9111, section 4.3.2. */
export function isNotModified(conditions: Conditions, { etag, lastModified }: Validators): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === '*') return true;
    // Compared weakly: RFC 9110, section 13.1.2.
    const opaque = (tag: string) => tag.replace(/^W\//, '');
    return etag !== undefined && listMembers(ifNoneMatch).some((tag) => opaque(tag) === opaque(etag));
  }
  if (ifModifiedSince === undefined || lastModified === undefined) return false;
  const [since, modified] = [Date.parse(ifModifiedSince), Date.parse(lastModified)];
  return Number.isFinite(since) && Number.isFinite(modified) && modified <= since;
}

/** Fields that a 304 repeats: RFC 9110, section 15.4.5. */
export const notModifiedFields = new Set([
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'vary',
  'access-control-allow-credentials',
  'access-control-allow-origin',
]);
