import type { Headers } from '../protocol/exchange.ts';
import { isNotModified } from './conditional.ts';
import { fieldValue, listMembers, redacted } from './header-values.ts';
import { isCredential } from './credentials.ts';
import type { IgnorableField } from './match-fields.ts';
import { acceptsEncoding, acceptsType } from './negotiation.ts';
import type { Variant } from './variant.ts';

/** A field in which a request and a recording of the same key differ. */
export interface Difference {
  /** For instance `header accept` or `body`. */
  readonly field: string;
  readonly recorded: string | undefined;
  readonly requested: string | undefined;
}

/** `notModified`: the client has the recorded response already and is answered 304. */
export type Selection =
  | { readonly answer: 'recorded' | 'notModified' }
  | { readonly answer: 'none'; readonly difference: Difference };

export interface SelectingRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly ignored: readonly IgnorableField[];
}

/**
 * Whether a recording of the same key may answer a request, as an HTTP cache decides it (RFC 9111, section 4): by the
 * fields that `vary` names, by the user, by what the client accepts, by preconditions and ranges, and by origin.
 */
export function select(variant: Variant, { method, headers, ignored }: SelectingRequest): Selection {
  const comparison: Comparison = {
    variant,
    headers,
    ignoresCredentials: ignored.includes('credentials'),
    requested: (name) => fieldValue(headers, name),
    recorded: (name) => fieldValue(variant.request, name),
  };
  const checks = [
    varyDifference,
    credentialDifference,
    equalFieldsDifference,
    acceptDifference,
    originDifference,
  ];
  for (const check of checks) {
    const difference = check(comparison, method);
    if (difference) return { answer: 'none', difference };
  }
  return selectByCondition(comparison, method);
}

interface Comparison {
  readonly variant: Variant;
  readonly headers: Headers;
  readonly ignoresCredentials: boolean;
  requested(name: string): string | undefined;
  recorded(name: string): string | undefined;
}

function difference({ recorded, requested }: Comparison, name: string): Difference {
  return { field: `header ${name}`, recorded: recorded(name), requested: requested(name) };
}

function isEqual({ recorded, requested }: Comparison, name: string): boolean {
  return recorded(name) === requested(name);
}

function varyDifference(comparison: Comparison): Difference | undefined {
  const { vary } = comparison.variant;
  if (vary.includes('*')) return { field: 'vary: *', recorded: undefined, requested: undefined };
  const isIgnored = (name: string) =>
    // Compared below by what it accepts: clients word the same abilities differently.
    name === 'accept-encoding' ||
    (comparison.ignoresCredentials &&
      [comparison.recorded(name), comparison.requested(name)].some((value = '') =>
        isCredential([name, value]),
      ));
  const differs = (name: string) =>
    // Redacted values of different users look alike.
    !isIgnored(name) && (!isEqual(comparison, name) || comparison.requested(name) === redacted);
  const name = vary.find(differs);
  return name === undefined ? undefined : difference(comparison, name);
}

/** One user is never answered with the recording of another. */
function credentialDifference(comparison: Comparison): Difference | undefined {
  if (comparison.ignoresCredentials) return undefined;
  const credentials = [...comparison.variant.request, ...comparison.headers].filter(isCredential);
  const differing = credentials.find(([name]) => !isEqual(comparison, name));
  return differing && difference(comparison, differing[0]);
}

/** Fields that no recording may answer with another value. */
function equalFieldsDifference(comparison: Comparison, method: string): Difference | undefined {
  const isPreflight =
    method === 'OPTIONS' &&
    ['recorded', 'requested'].some(
      (side) => comparison[side as 'recorded' | 'requested']('access-control-request-method') !== undefined,
    );
  const names = ['if-match', 'if-unmodified-since', 'range', 'if-range'];
  if (isPreflight) names.push('origin', 'access-control-request-method');
  const name = names.find((candidate) => !isEqual(comparison, candidate));
  if (name !== undefined) return difference(comparison, name);
  const list = 'access-control-request-headers';
  const sorted = (value: string | undefined) =>
    listMembers((value ?? '').toLowerCase())
      .sort()
      .join();
  const isSameList = sorted(comparison.recorded(list)) === sorted(comparison.requested(list));
  return isPreflight && !isSameList ? difference(comparison, list) : undefined;
}

function acceptDifference(comparison: Comparison): Difference | undefined {
  const { response } = comparison.variant;
  const accepts = acceptsType(comparison.requested('accept'), fieldValue(response, 'content-type'));
  // A server that ignored the field once will again.
  if (!accepts && !isEqual(comparison, 'accept')) return difference(comparison, 'accept');
  const decodes = acceptsEncoding(
    comparison.requested('accept-encoding'),
    fieldValue(response, 'content-encoding'),
  );
  return decodes || isEqual(comparison, 'accept-encoding')
    ? undefined
    : difference(comparison, 'accept-encoding');
}

/** A browser refuses a response that allows another origin. Servers that echo the origin often omit `vary: origin`. */
function originDifference(comparison: Comparison): Difference | undefined {
  const origin = comparison.requested('origin');
  const allowed = fieldValue(comparison.variant.response, 'access-control-allow-origin');
  const isAllowed = allowed === undefined || allowed === '*' || allowed === origin;
  return origin === undefined || isAllowed || isEqual(comparison, 'origin')
    ? undefined
    : difference(comparison, 'origin');
}

function selectByCondition(comparison: Comparison, method: string): Selection {
  const { status, response } = comparison.variant;
  const names = ['if-none-match', 'if-modified-since'];
  const differing = names.find((name) => !isEqual(comparison, name));
  if (differing === undefined) return { answer: 'recorded' };
  const isRead = method === 'GET' || method === 'HEAD';
  // The recorded response answers its own condition only.
  if (!isRead || status === 304 || status === 412) {
    return { answer: 'none', difference: difference(comparison, differing) };
  }
  const conditions = {
    ifNoneMatch: comparison.requested('if-none-match'),
    ifModifiedSince: comparison.requested('if-modified-since'),
  };
  const validators = {
    etag: fieldValue(response, 'etag'),
    lastModified: fieldValue(response, 'last-modified'),
  };
  return { answer: status === 200 && isNotModified(conditions, validators) ? 'notModified' : 'recorded' };
}
