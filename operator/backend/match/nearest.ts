import type { Headers, RequestKey } from '../protocol/exchange.ts';
import { comparedParts, type IgnorableField } from './match-fields.ts';
import { select, type Difference } from './select.ts';
import type { Variant } from './variant.ts';

/** A request as far as it can be compared with recordings. */
export interface ComparedRequest {
  readonly key: RequestKey;
  readonly requestHeaders: Headers;
  readonly bodyKey: string | undefined;
}

/** A recording as far as it can be compared with a request. */
export interface Comparable {
  readonly id: number;
  readonly key: RequestKey;
  readonly bodyKey: string | undefined;
  readonly variant: Variant;
  readonly truncated: boolean;
}

/** Why a recording does not answer a request. */
export interface Explanation {
  readonly recordingId: number;
  /** In the order in which they are compared; the first is the one to look at. */
  readonly differences: readonly Difference[];
}

/** How much less alike a difference makes two exchanges. A query differs more often than it matters. */
const weights: Readonly<Record<string, number>> = {
  path: 16,
  method: 8,
  host: 6,
  session: 4,
  body: 4,
  query: 3,
};

/**
 * The recording that is most like a request, and in what it differs.
 * @param candidates newest first; of equals the newest is taken.
 */
export function nearest(
  request: ComparedRequest,
  candidates: Iterable<Comparable>,
  ignored: readonly IgnorableField[],
): Explanation | undefined {
  let best: Explanation | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const differences = differencesOf(request, candidate, ignored);
    const distance = differences.reduce((sum, { field }) => sum + (weights[field] ?? 2), 0);
    if (distance >= bestDistance) continue;
    best = { recordingId: candidate.id, differences };
    bestDistance = distance;
  }
  return best;
}

function differencesOf(
  request: ComparedRequest,
  candidate: Comparable,
  ignored: readonly IgnorableField[],
): Difference[] {
  const recorded = comparedParts(candidate.key, ignored);
  const differences = comparedParts(request.key, ignored).flatMap(
    ([field, requested], index): Difference[] => {
      const value = recorded[index]?.[1];
      if (value === requested) return [];
      return [
        field === 'path' ? pathDifference(value ?? '', requested) : { field, recorded: value, requested },
      ];
    },
  );
  if (request.bodyKey === undefined || request.bodyKey !== candidate.bodyKey) {
    differences.push({ field: 'body', recorded: candidate.bodyKey, requested: request.bodyKey });
  }
  const selection = select(candidate.variant, {
    method: request.key.method,
    headers: request.requestHeaders,
    ignored,
  });
  if (selection.answer === 'none') differences.push(selection.difference);
  if (candidate.truncated) {
    differences.push({ field: 'truncated body', recorded: 'incomplete', requested: undefined });
  }
  return differences;
}

/** The query alone where the rest of the path is the same. */
function pathDifference(recorded: string, requested: string): Difference {
  const [recordedPath = '', recordedQuery] = splitOnce(recorded, '?');
  const [requestedPath = '', requestedQuery] = splitOnce(requested, '?');
  if (recordedPath !== requestedPath)
    return { field: 'path', recorded: recordedPath, requested: requestedPath };
  return { field: 'query', recorded: recordedQuery, requested: requestedQuery };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
