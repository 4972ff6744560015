import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { authenticate } from './auth.ts';
import { errorAnswer, HttpError, send, type Answer } from './answer.ts';
import { guard } from './guard.ts';
import { drain, InFlightBytes, readBody } from './read-body.ts';
import { route, type RoutedRequest, type Routes } from './router.ts';

export interface HttpServerOptions {
  readonly routes: Routes;
  /** Paths that answer with a stream of their own. */
  readonly streams: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;
  /** Names beside `localhost` and IP addresses that clients may use. */
  readonly allowedHosts: readonly string[];
  /** Needed for every path but `/health`; undefined needs none. */
  readonly token: string | undefined;
  readonly log: Logger;
}

const connectionsMax = 1000;

/** An HTTP server that bounds what clients send, and refuses web pages of other sites. */
export function createHttpServer(options: HttpServerOptions): Server {
  const inFlight = new InFlightBytes();
  const server = createServer(
    {
      headersTimeout: 15_000,
      requestTimeout: 60_000,
      connectionsCheckingInterval: 5000,
      // Envoy closes idle connections after an hour: one that this server closed first costs a lookup.
      keepAliveTimeout: 3_660_000,
      maxHeaderSize: 64 * 1024,
    },
    (request, response) => {
      respond(request, response, { ...options, inFlight }).catch((error: unknown) => {
        options.log.debug({ err: error, path: request.url }, 'connection broken');
        response.destroy();
      });
    },
  );
  server.maxConnections = connectionsMax;
  // A client that neither sends nor reads for a minute is disconnected, so that it holds no memory.
  server.timeout = 60_000;
  return server;
}

interface Context extends HttpServerOptions {
  readonly inFlight: InFlightBytes;
}

async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  let held: { readonly body: Buffer; release(): void } | undefined;
  let answer: Answer;
  try {
    const url = urlOf(request);
    const { method = 'GET', headers } = request;
    guard({ method, path: url.pathname, headers }, context.allowedHosts);
    if (url.pathname !== '/health') authenticate(headers, context.token);
    const stream = context.streams[`${method} ${url.pathname}`];
    if (stream) return stream(request, response);
    held = await readBody(request, context.inFlight);
    const routed: RoutedRequest = {
      method: method === 'HEAD' ? 'GET' : method,
      url,
      headers,
      body: held.body,
    };
    answer = await route(context.routes, routed);
  } catch (error) {
    answer = failureAnswer(error, request, context.log);
  } finally {
    held?.release();
  }
  if (!request.complete) await drain(request);
  await send(response, answer);
}

function failureAnswer(error: unknown, request: IncomingMessage, log: Logger): Answer {
  if (error instanceof HttpError) return errorAnswer(error);
  if (request.errored) throw error;
  log.error({ err: error, path: request.url }, 'request failed');
  return errorAnswer(new HttpError([500, 'internal_error'], 'the backend failed; its log has the cause'));
}

function urlOf(request: IncomingMessage): URL {
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (!url || !request.url?.startsWith('/')) {
    throw new HttpError([400, 'invalid_request'], 'the request target is not a path');
  }
  return url;
}
