import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { messageOf } from '../api/errors.ts';

export interface HealthOptions {
  /** `host:port`, or `:port` for all interfaces; port 0 takes a free one. */
  readonly listen: string;
  readonly registry: Registry;
  /** Why modules cannot be served or agents not be seen yet; undefined if all is well. */
  readonly notReady: () => string | undefined;
  /** Answers requests for modules. @returns false for other requests. */
  readonly serveModule: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

/** Milliseconds, but for the first. A connection on which nothing moves is closed, also in the middle of a download. */
const connectionLimits = {
  maxConnections: 512,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  timeout: 15_000,
};

/** So that no client can keep the kubelet's probes and the proxies out. */
const connectionsPerClient = 64;

function limitPerClient(server: Server): void {
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const client = socket.remoteAddress ?? '';
    const count = (open.get(client) ?? 0) + 1;
    open.set(client, count);
    socket.once('close', () => {
      const left = (open.get(client) ?? 1) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
    if (count > connectionsPerClient) socket.destroy();
  });
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves probes, metrics and modules on one port. */
export async function serveHttp(options: HealthOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      text(response, 500, messageOf(error));
    });
  });
  Object.assign(server, connectionLimits);
  limitPerClient(server);
  const { host, port } = parseListen(options.listen);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, [Symbol.asyncDispose]: () => close(server) };
}

async function answer(options: HealthOptions, request: IncomingMessage, response: ServerResponse) {
  switch (request.url ?? '') {
    case '/healthz':
      text(response, 200, 'ok');
      return;
    case '/readyz': {
      const reason = options.notReady();
      text(response, reason === undefined ? 200 : 503, reason ?? 'ok');
      return;
    }
    case '/metrics':
      response.setHeader('Content-Type', options.registry.contentType);
      response.end(await options.registry.metrics());
      return;
    default:
      if (!(await options.serveModule(request, response))) text(response, 404, 'not found');
  }
}

function text(response: ServerResponse, status: number, body: string): void {
  if (!response.headersSent) response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(`${body}\n`);
}

/** @throws if it is not `host:port` or `:port`. */
function parseListen(listen: string): { readonly host: string | undefined; readonly port: number } {
  const [, host = '', port = ''] = /^(?:\[?([^\]]*?)\]?)?:([0-9]{1,5})$/.exec(listen) ?? [];
  if (port === '' || Number(port) > 65535) {
    throw new Error(`--listen ${listen}: give host:port or :port, such as :8080`);
  }
  return { host: host === '' ? undefined : host, port: Number(port) };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  // A download in progress gets some time to end.
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, 3_000);
  await closed;
  clearTimeout(timer);
}
