import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { ModuleCache, TooManyLoads } from './store/module-cache.ts';
import type { ModuleStore } from './store/module-store.ts';

/** @returns whether the request was for a module; if not, nothing was answered. */
export type ModuleHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const cacheOptions = { bytesMax: 64 * 1024 * 1024, loadsMax: 16 };

/** Path of a module on the operator's own server. */
export function modulePath(digest: string): string {
  return `/filters/${digest}.wasm`;
}

/** Serves `/filters/<sha256>.wasm` from the store, whose modules it loads when they are asked for. */
export function createModuleHandler(store: Pick<ModuleStore, 'get'>, log: Logger): ModuleHandler {
  const cache = new ModuleCache((digest) => store.get(digest), cacheOptions);
  return async (request, response) => {
    const pathname = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
    if (!pathname?.startsWith('/filters/')) return false;
    const reply = await replyTo(request, pathname, cache).catch((error: unknown) => failure(error, log));
    log.debug({ method: request.method, path: pathname, status: reply.status }, 'module request');
    response.writeHead(reply.status, reply.headers);
    // Node leaves out the body of an answer to HEAD.
    response.end(reply.body);
    return true;
  };
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array | string;
}

async function replyTo(request: IncomingMessage, path: string, cache: ModuleCache): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return text(405, 'modules can be read with GET and HEAD only', { allow: 'GET, HEAD' });
  }
  const [, digest] = /^\/filters\/([0-9a-f]{64})\.wasm$/.exec(path) ?? [];
  const bytes = digest && (await cache.get(digest));
  if (!bytes)
    return text(404, `no module at ${path}; its name is the SHA-256 of a module that an SpAgent has now`);
  // RFC 9110, 8.8.3: the content can never change under this path, so the tag is strong.
  const etag = `"${digest}"`;
  const headers = { etag, 'cache-control': 'public, max-age=31536000, immutable' };
  if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/wasm', 'content-length': bytes.length },
    body: bytes,
  };
}

/** RFC 9110, 13.1.2: compared weakly. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}

function failure(error: unknown, log: Logger): Reply {
  if (error instanceof TooManyLoads) {
    return text(503, 'too many modules are being loaded; try again', { 'retry-after': '1' });
  }
  log.error({ err: error }, 'a module could not be served');
  return text(503, 'the module could not be read from the cluster; the operator’s log says why', {
    'retry-after': '5',
  });
}

function text(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${message}\n`,
  };
}
