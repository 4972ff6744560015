import { isIPv6 } from 'node:net';
import { fetch, type Response } from 'undici';
import { readBeginning } from './bounded-body.ts';
import { ApiError, parseStatus } from './api-error.ts';
import type { ClusterClient } from './client.ts';
import { proxyPath } from './kinds.ts';
import { textLines } from './text-lines.ts';

/** The pod whose proxy is asked. */
export interface ProxyAddress {
  readonly namespace: string;
  readonly name: string;
  /** Undefined as long as the pod has none. */
  readonly ip: string | undefined;
}

export interface StatisticsAnswer {
  /** By the clock of the pod's node, whose precision is a second. Milliseconds since the epoch. */
  readonly at: number;
  /** Prometheus text. Leaving the loop ends the request. */
  readonly lines: AsyncIterable<string>;
}

export interface StatisticsRequest {
  readonly pod: ProxyAddress;
  /** Regular expression of the names that Envoy is to give, out of the thousands that it has. */
  readonly filter: string;
  readonly signal: AbortSignal;
}

/** Asks one proxy. @throws if it cannot be reached, or answers an error. */
export type AskProxy = (request: StatisticsRequest) => Promise<StatisticsAnswer>;

/** Of the Istio agent, which adds its own statistics and the application's to Envoy's. */
const port = 15020;

/**
 * What is read of an answer. The agent's own statistics come first, then Envoy's, which the filter makes few, then the
 * application's: what lies behind the limit is not needed.
 */
const bytesMax = 2 * 1024 * 1024;

/** Istio's agent stops waiting for the application's statistics then, and gives the others. Seconds. */
const applicationSeconds = 2;

const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': String(applicationSeconds) };

/** Through the API server: a right on the subresource `pods/proxy`, and a network path from there to the pods. */
export function askThroughApiServer(client: ClusterClient): AskProxy {
  return async ({ pod: { namespace, name }, filter, signal }) => {
    const path = proxyPath({ kind: 'Pod', namespace, name, port }, 'stats', 'prometheus');
    return answerOf(await client.request({ path, query: { filter }, headers, accept: 'text/plain', signal }));
  };
}

/** Straight to the pod's address: no right, but a network path from the operator to the pods. */
export const askDirectly: AskProxy = async ({ pod: { ip }, filter, signal }) => {
  if (ip === undefined) throw new Error('the pod has no address yet');
  const url = new URL(`http://${isIPv6(ip) ? `[${ip}]` : ip}:${port}/stats/prometheus`);
  url.searchParams.set('filter', filter);
  const response = await fetch(url, {
    headers: { ...headers, Accept: 'text/plain' },
    redirect: 'manual',
    signal,
  });
  if (response.ok) return answerOf(response);
  throw new ApiError(response.status, parseStatus(await readBeginning(response, 1024)));
};

function answerOf(response: Response): StatisticsAnswer {
  const date = Date.parse(response.headers.get('date') ?? '');
  return { at: Number.isNaN(date) ? Date.now() : date, lines: textLines(response, bytesMax) };
}
