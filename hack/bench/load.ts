/** Load generator: a fixed number of requests over a fixed number of connections, one at a time on each. */
import { Pool } from 'undici';
import { answerParent } from './child.ts';

export interface Load {
  /** Base URL. */
  readonly origin: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Of the request's body; 0 is none. */
  readonly bodyBytes: number;
  readonly requests: number;
  readonly connections: number;
  /** What each answer must be. */
  readonly answerBytes: number;
}

/** An answer that takes longer will not come. */
const answerMilliseconds = 10_000;

export interface LoadResult {
  readonly seconds: number;
}

const pools = new Map<string, Pool>();

/** Connections outlive a round: opening them would be a good part of a short one. */
function poolOf({ origin, connections }: Load): Pool {
  const pool =
    pools.get(origin) ??
    new Pool(origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: 600_000,
      headersTimeout: answerMilliseconds,
      bodyTimeout: answerMilliseconds,
    });
  pools.set(origin, pool);
  return pool;
}

async function run(load: Load): Promise<LoadResult> {
  const pool = poolOf(load);
  const body = load.bodyBytes > 0 ? Buffer.alloc(load.bodyBytes, '{"item":"4711"},') : null;
  const started = performance.now();
  let left = load.requests;
  const worker = async () => {
    while (left-- > 0) await one(pool, load, body);
  };
  await Promise.all(Array.from({ length: load.connections }, worker));
  return { seconds: (performance.now() - started) / 1000 };
}

function one(pool: Pool, load: Load, body: Buffer | null): Promise<void> {
  let status = 0;
  let bytes = 0;
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        method: load.method,
        path: load.path,
        body,
        headers: {
          'user-agent': 'sp-agent-bench',
          accept: 'application/json',
          authorization: 'Bearer 0123456789abcdef',
          'x-softprobe-session-id': 'bench',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
      },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => (status = statusCode),
        onResponseData: (_controller, chunk) => (bytes += chunk.length),
        onResponseEnd() {
          if (status === 200 && bytes === load.answerBytes) resolve();
          else reject(new Error(`${load.path}: ${status} with ${bytes} bytes, not ${load.answerBytes}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

answerParent(run);
