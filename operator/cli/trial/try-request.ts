import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { exchangeOf, type Exchange } from '../../backend/protocol/exchange.ts';
import { settle } from './settle.ts';
import type { Trial } from './trial.ts';

/** A request to try, as its client sends it. */
export interface TriedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What became of a request that was sent twice. */
export interface RequestOutcome {
  readonly first: Passage;
  readonly second: Passage;
  /** Undefined: nothing was recorded. */
  readonly recording: Exchange | undefined;
}

/** What became of one of them. */
export interface Passage {
  readonly status: number;
  /** Result of the lookup; undefined: it was not looked up. */
  readonly lookup: string | undefined;
  readonly reachedUpstream: boolean;
}

const deadlineMilliseconds = 30_000;
const settleSeconds = 2.5;

export async function tryRequest(trial: Trial, request: TriedRequest): Promise<RequestOutcome> {
  const first = await pass(trial, request);
  await settle(trial.proxy, settleSeconds);
  const [span] = trial.backend.recordings.spans({ limit: 1 });
  const second = await pass(trial, request);
  return { first, second, recording: span && exchangeOf(span) };
}

async function pass(trial: Trial, { method, host, path, headers, body }: TriedRequest): Promise<Passage> {
  const { lookups } = trial.backend;
  const before = { calls: trial.upstreamCalls(), lookup: lookups.latest[0]?.id };
  const sent = httpRequest(trial.proxy.url + path, {
    method,
    headers: { host, ...headers, ...(body.length > 0 ? { 'content-length': String(body.length) } : {}) },
    signal: AbortSignal.timeout(deadlineMilliseconds),
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  const [latest] = lookups.latest;
  return {
    status: response.statusCode ?? 0,
    lookup: latest && latest.id !== before.lookup ? latest.outcome.answer : undefined,
    reachedUpstream: trial.upstreamCalls() > before.calls,
  };
}
