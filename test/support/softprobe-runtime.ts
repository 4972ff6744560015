import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createBackend } from '../../operator/backend/server.ts';
import { eventually } from './eventually.ts';
import type { Script } from './scripted-server.ts';

/** A backend that speaks Softprobe's control API. */
export interface Runtime extends AsyncDisposable {
  readonly url: string;
}

export function startDevelopmentBackend(): Promise<Runtime> {
  return createBackend({ data: ':memory:' });
}

/** Softprobe's runtime, of which only the binary is needed. */
export async function startRuntime(binary: string): Promise<Runtime> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(binary, {
    env: { ...process.env, SOFTPROBE_LISTEN_ADDR: `127.0.0.1:${port}` },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  await eventually(`${binary} to listen`, async () => (await fetch(`${url}/health`)).ok);
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Answers a call of the filter as the runtime does. */
export function forwardTo({ url }: Runtime): Script {
  return async ({ method, path, headers, body }, response) => {
    const answer = await fetch(url + path, {
      method,
      headers: { 'content-type': headers['content-type'] ?? '' },
      body: new Uint8Array(body),
    });
    const type = answer.headers.get('content-type');
    response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
}
