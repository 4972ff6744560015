/** Everything behind the proxy, in one process: upstream, authorisation, mirror, and a backend that finds or not. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeTraces, encodeTraces, spansOf, type Span } from '../../operator/backend/protocol/otlp.ts';
import { answerParent } from './child.ts';

/** What has arrived since the start. */
export interface BackendCounts {
  readonly upstream: number;
  readonly upstreamBytes: number;
  readonly authorisations: number;
  readonly authorisationBytes: number;
  /** Authorisations that carried the request's session id: the headers were passed on. */
  readonly authorisedSessions: number;
  readonly mirrored: number;
  readonly lookups: number;
  readonly lookupBytes: number;
  /** Recordings whose bodies have the size that they must have. */
  readonly recordings: number;
}

export interface BackendState {
  readonly port: number;
  readonly mirrorPort: number;
  readonly counts: BackendCounts;
}

const counts = {
  upstream: 0,
  upstreamBytes: 0,
  authorisations: 0,
  authorisationBytes: 0,
  authorisedSessions: 0,
  mirrored: 0,
  lookups: 0,
  lookupBytes: 0,
  recordings: 0,
};

const answers = new Map<number, Buffer>();
const hits = new Map<number, Uint8Array>();

function remember<Value>(known: Map<number, Value>, size: number, make: () => Value): Value {
  let value = known.get(size);
  if (value === undefined) known.set(size, (value = make()));
  return value;
}

function answerOf(size: number): Buffer {
  return remember(answers, size, () => Buffer.alloc(size, '{"order":4711,"total":"12.50 EUR"},'));
}

/** A recording of the answer that upstream gives. */
function hitOf(size: number): Uint8Array {
  return remember(hits, size, () =>
    encodeTraces({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  name: '/orders/4711',
                  attributes: [
                    { key: 'http.response.status_code', value: { intValue: 200 } },
                    {
                      key: 'http.response.header.content-type',
                      value: { stringValue: 'application/json' },
                    },
                    { key: 'http.response.body', value: { stringValue: answerOf(size).toString() } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

const empty = new Uint8Array();
const done: Answer = { status: 200, type: 'application/x-protobuf', body: empty };

/**
 * Paths: `/authz/...`, `/hit/SIZE/v1/inject` (a recording), `/plain/SIZE/v1/inject` (its body alone), `/miss/v1/inject`,
 * `/.../v1/traces`; the rest is upstream.
 */
function answerTo({ url: path = '/', headers }: IncomingMessage, body: Buffer): Answer {
  if (path.startsWith('/authz/')) {
    counts.authorisations++;
    counts.authorisationBytes += body.length;
    if (headers['x-softprobe-session-id'] !== undefined) counts.authorisedSessions++;
    return done;
  }
  if (path.endsWith('/v1/inject')) {
    counts.lookups++;
    counts.lookupBytes += body.length;
    const [, kind, size] = /^\/(hit|plain)\/([0-9]+)\//.exec(path) ?? [];
    if (kind === undefined) return { ...done, status: 404 };
    return { ...done, body: kind === 'hit' ? hitOf(Number(size)) : answerOf(Number(size)) };
  }
  if (path.endsWith('/v1/traces')) {
    unread.push(body);
    return done;
  }
  counts.upstream++;
  counts.upstreamBytes += body.length;
  const size = new URLSearchParams(path.split('?', 2)[1]).get('answer');
  return { status: 200, type: 'application/json', body: answerOf(Number(size)) };
}

/** Batches whose spans are counted when somebody asks: reading them would slow down what is measured. */
const unread: Buffer[] = [];

function readBatches(): void {
  for (const body of unread.splice(0)) {
    counts.recordings += spansOf(decodeTraces(body)).filter(({ span }) => isWhole(span)).length;
  }
}

/** The path has the sizes: `/orders/4711?request=4096&answer=1024`. */
function isWhole(span: Span): boolean {
  const text = (name: string) => span.attributes?.find(({ key }) => key === name)?.value?.stringValue ?? '';
  const wanted = new URLSearchParams(text('url.path').split('?', 2)[1]);
  return (
    text('http.request.body').length === Number(wanted.get('request')) &&
    text('http.response.body').length === Number(wanted.get('answer'))
  );
}

function serve(answer: (request: IncomingMessage, body: Buffer) => Answer): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    // An answer before the body's end would make Envoy open a connection for each call.
    request.on('end', () => send(response, answer(request, Buffer.concat(chunks))));
  }).listen(0, '127.0.0.1');
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

const servers = [
  serve(answerTo),
  serve(() => {
    counts.mirrored++;
    return done;
  }),
];
for (const server of servers) {
  // Longer than any pause between two rounds: a closed connection would cost the proxy a new one.
  server.keepAliveTimeout = 600_000;
}
await Promise.all(servers.map((server) => once(server, 'listening')));
const [port = 0, mirrorPort = 0] = servers.map((server) => (server.address() as AddressInfo).port);

answerParent((): Promise<BackendState> => {
  readBatches();
  return Promise.resolve({ port, mirrorPort, counts });
});
