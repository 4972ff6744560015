import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that serves another server below a path, and passes its own name on as `host`: so does `kubectl proxy`. */
export async function startPrefixProxy(
  prefix: string,
  port: number,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((incoming, response) => {
    const path = incoming.url?.startsWith(prefix) ? incoming.url.slice(prefix.length) : undefined;
    if (path === undefined) return void response.writeHead(404).end();
    const { method, headers } = incoming;
    const outgoing = httpRequest({ port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
