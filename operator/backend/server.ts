import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import { exchangeOf } from './exchange.ts';
import { Lookups } from './lookups.ts';
import { decodeTraces, spansOf, type TracesData } from './otlp.ts';
import { renderPage, type BackendView } from './page.ts';
import { defaultLimits, Recordings, type RecordingLimits } from './recordings.ts';

export interface BackendOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Database file, or `:memory:`. */
  readonly data: string;
  readonly limits?: RecordingLimits;
  readonly log?: Logger;
}

export interface Backend extends AsyncDisposable {
  /** Base URL, as `spec.backend.url` wants it. */
  readonly url: string;
  readonly port: number;
  readonly recordings: Recordings;
  readonly lookups: Lookups;
}

/** Largest message taken. The filter sends at most 256 KiB of spans beside one long one. */
const messageBytesMax = 16 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly type:
    'application/x-protobuf' | 'application/json' | 'text/html; charset=utf-8' | 'text/plain; charset=utf-8';
  readonly body: string | Uint8Array;
}

interface State {
  readonly recordings: Recordings;
  readonly lookups: Lookups;
  readonly log: Logger;
}

/** Starts a backend that speaks the filter's protocol: `POST /v1/inject` and `POST /v1/traces`. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { host = '127.0.0.1', port = 0, data, limits = defaultLimits } = options;
  const log = options.log ?? pino({ level: 'silent' });
  const recordings = new Recordings(data, limits);
  const state: State = { recordings, lookups: new Lookups(), log };
  const server = createServer((request, response) => {
    answerTo(request, state).then(
      (answer) => send(response, answer),
      (error: unknown) => {
        log.error({ err: error, path: request.url }, 'request failed');
        if (response.headersSent) response.destroy();
        else send(response, text(500, 'the backend failed; its log says why'));
      },
    );
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    recordings.close();
    throw error;
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    recordings,
    lookups: state.lookups,
    [Symbol.asyncDispose]: () => close(server, recordings),
  };
}

async function close(server: Server, recordings: Recordings): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Proxies keep their connections open for ever.
  server.closeAllConnections();
  await closed;
  recordings.close();
}

async function answerTo(request: IncomingMessage, state: State): Promise<Answer> {
  // An answer before the body's end makes Envoy open a connection for each call.
  const body = await readBody(request);
  if (!body) return text(413, `the message is longer than ${messageBytesMax} bytes`);
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  switch (`${request.method} ${path}`) {
    case 'POST /v1/inject':
      return withTraces(body, (traces) => inject(traces, state));
    case 'POST /v1/traces':
      return withTraces(body, (traces) => save(traces, state));
    case 'GET /':
      return { status: 200, type: 'text/html; charset=utf-8', body: renderPage(view(state)) };
    case 'GET /api/recordings':
      return json(view(state));
  }
  const [, id] = /^GET \/api\/recordings\/([0-9]{1,15})$/.exec(`${request.method} ${path}`) ?? [];
  const exchange = id && state.recordings.exchange(Number(id));
  if (exchange) return json(exchange);
  return text(
    404,
    `${request.method} ${path}: not known; the filter uses POST /v1/inject and POST /v1/traces`,
  );
}

function withTraces(body: Buffer, use: (traces: TracesData) => Answer): Answer {
  let traces: TracesData;
  try {
    traces = decodeTraces(body);
  } catch (error) {
    return text(400, `the body is not an OTLP TracesData message: ${messageOf(error)}`);
  }
  return use(traces);
}

function inject(traces: TracesData, { recordings, lookups, log }: State): Answer {
  const [span, ...others] = spansOf(traces);
  if (!span || others.length > 0) return text(400, 'a lookup holds exactly one span');
  let lookup;
  try {
    lookup = exchangeOf(span);
  } catch (error) {
    return text(400, messageOf(error));
  }
  const found = recordings.find(lookup);
  lookups.add(lookup.key, found?.id);
  log.debug({ ...lookup.key, recording: found?.id }, found ? 'hit' : 'miss');
  if (!found) return text(404, 'no recording of this request');
  return { status: 200, type: 'application/x-protobuf', body: found.answer };
}

function save(traces: TracesData, { recordings, log }: State): Answer {
  const refused: string[] = [];
  for (const span of spansOf(traces)) {
    try {
      recordings.save(span);
    } catch (error) {
      refused.push(messageOf(error));
    }
  }
  if (refused.length > 0) {
    log.warn({ refused: refused.slice(0, 5) }, 'spans refused');
    return text(400, refused.slice(0, 5).join('; '));
  }
  // An empty ExportTraceServiceResponse.
  return { status: 200, type: 'application/x-protobuf', body: new Uint8Array() };
}

function view({ recordings, lookups }: State): BackendView {
  return {
    count: recordings.count,
    hits: lookups.hits,
    misses: lookups.misses,
    recordings: recordings.list(),
    lookups: lookups.latest,
  };
}

/** The whole body; undefined when it is too long, which is read to its end all the same. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= messageBytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= messageBytesMax ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

function text(status: number, message: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${message}\n` };
}

/** Bodies are shown as base64, which every one survives. */
function json(value: unknown): Answer {
  const body = JSON.stringify(
    value,
    // Buffers come as {type, data} here, as their toJSON runs first.
    (_key, member: unknown) => (isBufferJson(member) ? Buffer.from(member.data).toString('base64') : member),
    2,
  );
  return { status: 200, type: 'application/json', body: `${body}\n` };
}

function isBufferJson(member: unknown): member is { type: 'Buffer'; data: number[] } {
  return typeof member === 'object' && member !== null && 'type' in member && member.type === 'Buffer';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
