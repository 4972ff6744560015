import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { createBackend, type Backend } from '../../backend/server.ts';
import { startLocalProxy, type LocalProxy, type LocalProxyOptions } from './local-proxy.ts';

/** A local proxy with an upstream of its own and the development backend. */
export interface Trial extends AsyncDisposable {
  readonly proxy: LocalProxy;
  readonly backend: Backend;
  /** Requests that reached upstream. */
  upstreamCalls(): number;
}

export type TrialOptions = Omit<LocalProxyOptions, 'upstream' | 'backendPort'> & {
  /** Status that upstream answers with. */
  readonly upstreamStatus: number;
};

export async function startTrial(options: TrialOptions): Promise<Trial> {
  await using starting = new AsyncDisposableStack();
  const backend = starting.use(await createBackend({ data: ':memory:' }));
  const upstream = starting.adopt(await startUpstream(options.upstreamStatus), closeServer);
  const { port } = upstream.address() as AddressInfo;
  const proxy = starting.use(
    await startLocalProxy({ ...options, upstream: port, backendPort: backend.port }),
  );
  let calls = 0;
  upstream.on('request', () => (calls += 1));
  const running = starting.move();
  return {
    proxy,
    backend,
    upstreamCalls: () => calls,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startUpstream(status: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      // Only a replay can give the same answer twice.
      const path = request.url?.split('?', 1)[0];
      response.end(JSON.stringify({ path, nonce: randomBytes(8).toString('hex') }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
