import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { messageOf } from '../api/errors.ts';
import { Downloads, type DownloadLimits } from './downloads.ts';
import { ChunkCache, TooManyLoads } from './store/chunk-cache.ts';
import type { ChunkIndex } from './store/chunks.ts';
import type { ModuleStore } from './store/module-store.ts';
import { unpackPiece } from './store/pack.ts';
import { timeoutSignal } from '../cluster/timeout-signal.ts';

/** @returns whether the request was for a module; if not, nothing was answered. */
export type ModuleHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const cacheOptions = { bytesMax: 16 * 1024 * 1024, loadsMax: 16 };
/** Each download holds one chunk at a time, 256 KiB, whatever its client reads. */
const downloadLimits: DownloadLimits = {
  total: 64,
  perClient: 32,
  bytesPerMinute: 512 * 1024 * 1024,
  stalledSeconds: 2,
};
/** Of a download. Istio's agent gives one up earlier. */
const downloadSeconds = 120;

/** Serves `/filters/<sha256>.wasm` from the store, chunk by chunk as the client reads them. */
export function createModuleHandler(
  store: Pick<ModuleStore, 'chunk'>,
  log: Logger,
  limits: DownloadLimits = downloadLimits,
): ModuleHandler {
  const cache = new ChunkCache((digest, index) => store.chunk(digest, index), cacheOptions);
  const downloads = new Downloads(limits);
  return async (request, response) => {
    const pathname = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
    if (!pathname?.startsWith('/filters/')) return false;
    const reply = await replyTo(request, pathname, cache).catch((error: unknown) => failure(error, log));
    await send(reply, { request, response, cache, downloads }).catch((error: unknown) => {
      // Headers are sent: the client sees that the answer was cut.
      response.destroy();
      if (!isClientGone(error))
        log.warn({ path: pathname, error: messageOf(error) }, 'a module was sent in part');
    });
    log.debug({ method: request.method, path: pathname, status: response.statusCode }, 'module request');
    return true;
  };
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string;
  /** The module that is the body. Without its first chunk: memory must not hold that for as long as a client likes. */
  readonly module?: ChunkIndex;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly cache: ChunkCache;
  readonly downloads: Downloads;
}

async function send({ status, headers, body, module }: Reply, exchange: Exchange): Promise<void> {
  const { request, response, cache, downloads } = exchange;
  if (!module || request.method === 'HEAD') {
    // Node leaves out the body of an answer to HEAD.
    response.writeHead(status, headers).end(body);
    return;
  }
  const end = downloads.begin(request.socket, module.sizeBytes);
  if (!end) {
    const { status, headers, body } = text(503, 'too many downloads; try again', { 'retry-after': '1' });
    response.writeHead(status, headers).end(body);
    return;
  }
  try {
    response.writeHead(status, headers);
    await pipeline(contentOf(module, cache), response, {
      signal: timeoutSignal(downloadSeconds),
    });
  } finally {
    end();
  }
}

/** The last piece comes only if all of them give the digest: a client never has the whole of a module that was changed. */
async function* contentOf({ digest, chunkCount }: ChunkIndex, cache: ChunkCache): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for (let index = 0; index < chunkCount; index += 1) {
    const chunk = await cache.get(digest, index);
    if (!chunk) throw new Error(`module ${digest}: chunk ${index} of ${chunkCount} is missing`);
    const piece = await unpackPiece(chunk.piece);
    hash.update(piece);
    if (index === chunkCount - 1) requireDigest(digest, hash.digest('hex'));
    yield piece;
  }
}

function requireDigest(wanted: string, actual: string): void {
  if (actual === wanted) return;
  throw new Error(`module ${wanted}: its chunks give SHA-256 ${actual}; delete them`);
}

function isClientGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function replyTo(request: IncomingMessage, path: string, cache: ChunkCache): Promise<Reply> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return text(405, 'modules can be read with GET and HEAD only', { allow: 'GET, HEAD' });
  }
  const [, digest] = /^\/filters\/([0-9a-f]{64})\.wasm$/.exec(path) ?? [];
  const module = digest === undefined ? undefined : (await cache.get(digest, 0))?.index;
  if (module?.digest !== digest || !module)
    return text(404, `no module at ${path}; its name is the SHA-256 of a module that an SpAgent has now`);
  // RFC 9110, 8.8.3: the content can never change under this path, so the tag is strong.
  const etag = `"${digest}"`;
  const headers = { etag, 'cache-control': 'public, max-age=31536000, immutable' };
  if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'application/wasm', 'content-length': module.sizeBytes },
    module,
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
  log.error({ error: messageOf(error) }, 'a module could not be served');
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
