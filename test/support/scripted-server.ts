import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { echoWebSocket } from './websocket-echo.ts';

/** A request that arrived, its body read to the end. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value, ... as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Script = (arrival: Arrival, response: ServerResponse) => void | Promise<void>;

/** Acts on a request whose body may never end. */
export type HeadersScript = (request: IncomingMessage, response: ServerResponse) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly arrivals: readonly Arrival[];
}

/**
 * An HTTP server on a free port that reads each request to its end, keeps it, and then does what the script says; a request
 * that `atHeaders` has a script for is left to that as soon as its headers are there. A
 * WebSocket gets its frames back.
 */
export async function startScriptedServer(
  script: Script,
  atHeaders: (path: string) => HeadersScript | undefined = () => undefined,
): Promise<ScriptedServer> {
  const arrivals: Arrival[] = [];
  // A connection that was upgraded is no longer the server's to close.
  const upgraded = new Set<Duplex>();
  // Envoy passes headers of a megabyte if configured; so does this.
  const server = createServer({ maxHeaderSize: 4 * 1024 * 1024 }, (request, response) => {
    const early = atHeaders(request.url ?? '');
    if (early) return early(request, response);
    void (async () => {
      const arrival = await arrive(request);
      arrivals.push(arrival);
      await script(arrival, response);
    })().catch((error: unknown) => {
      // A client that goes away in mid-request is a case of its own; anything else must be seen.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.on('upgrade', (request, socket) => {
    arrivals.push(arrivalOf(request, Buffer.alloc(0)));
    upgraded.add(socket);
    echoWebSocket(request, socket).catch(() => socket.destroy());
  });
  server.maxHeadersCount = 0;
  server.keepAliveTimeout = 60_000;
  // A burst of connections must not wait for its SYN to be sent again.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    arrivals,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await closed;
    },
  };
}

async function arrive(request: IncomingMessage): Promise<Arrival> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return arrivalOf(request, Buffer.concat(chunks));
}

function arrivalOf(request: IncomingMessage, body: Buffer): Arrival {
  const { method = '', url = '', rawHeaders, headers } = request;
  return { method, path: url, rawHeaders, headers, body };
}
