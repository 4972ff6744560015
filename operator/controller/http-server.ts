import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { messageOf } from '../api/errors.ts';

/** @returns false for a request that is not for it. */
type Handler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

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

/** Modules, probes and metrics each have a port of their own, so that a network policy can admit their clients one by one. */
export async function serveHttp(listen: string, handler: Handler): Promise<HttpServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (!(await handler(request, response))) text(response, 404, 'not found');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      text(response, 500, messageOf(error));
    });
  });
  Object.assign(server, connectionLimits);
  limitPerClient(server);
  const { host, port } = parseListen(listen);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${name}:${address.port}`, [Symbol.asyncDispose]: () => close(server) };
}

/** @param notReady why modules cannot be served or agents not be seen yet; undefined if all is well. */
export function probes(notReady: () => string | undefined): Handler {
  return ({ url }, response) => {
    const reason = url === '/readyz' ? notReady() : undefined;
    const isProbe = url === '/healthz' || url === '/readyz';
    if (isProbe) text(response, reason === undefined ? 200 : 503, reason ?? 'ok');
    return isProbe;
  };
}

export function metricsPage(registry: Registry): Handler {
  return async ({ url }, response) => {
    if (url !== '/metrics') return false;
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
    return true;
  };
}

function text(response: ServerResponse, status: number, body: string): void {
  if (!response.headersSent) response.writeHead(status, { 'Content-Type': 'text/plain' });
  response.end(`${body}\n`);
}

/** @throws if it is not `host:port` or `:port`. */
function parseListen(listen: string): { readonly host: string | undefined; readonly port: number } {
  const [, host = '', port = ''] = /^(?:\[?([^\]]*?)\]?)?:([0-9]{1,5})$/.exec(listen) ?? [];
  if (port === '' || Number(port) > 65535) {
    throw new Error(`"${listen}" is not an address to listen on: give host:port or :port, such as :8080`);
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
