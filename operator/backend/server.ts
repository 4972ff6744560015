import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import { Sessions } from './control/sessions.ts';
import { Replayer } from './data-plane/find-recording.ts';
import { createHttpServer } from './http/http-server.ts';
import type { IgnorableField } from './match/match-fields.ts';
import type { ReplayOrder } from './match/replay-order.ts';
import { Changes } from './page/changes.ts';
import { routesOf } from './routes.ts';
import type { BackendState } from './state.ts';
import { Lookups } from './store/lookups.ts';
import { Recordings, type RecordingLimits } from './store/recordings.ts';

export interface BackendOptions {
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port?: number;
  /** Database file, or `:memory:`. */
  readonly data: string;
  readonly limits?: RecordingLimits;
  /** Names beside `localhost` and IP addresses under which clients reach it; `.example` also allows subdomains. */
  readonly allowedHosts?: readonly string[];
  /** What clients must send; without it every client that reaches the port is allowed. */
  readonly token?: string | undefined;
  /** Directory of case files that capture sessions leave; without it none are written. */
  readonly cases?: string | undefined;
  readonly replay?: ReplayOrder;
  readonly ignore?: readonly IgnorableField[];
  /** Adds `x-softprobe-replayed: <recording id>` to what is replayed. */
  readonly markReplayed?: boolean;
  readonly log?: Logger;
}

export interface Backend extends AsyncDisposable {
  /** Base URL, as `spec.backend.url` wants it. */
  readonly url: string;
  readonly port: number;
  readonly recordings: Recordings;
  readonly lookups: Lookups;
}

/** Starts a backend that speaks the filter's protocol and Softprobe's control API, and shows a page. */
export async function createBackend(options: BackendOptions): Promise<Backend> {
  const { host = '127.0.0.1', port = 0 } = options;
  const state = createState(options);
  const server = createHttpServer({
    routes: routesOf(state),
    streams: { 'GET /api/events': (request, response) => state.changes.subscribe(request, response) },
    allowedHosts: [host.toLowerCase(), ...(options.allowedHosts ?? []).map((name) => name.toLowerCase())],
    token: options.token,
    log: state.log,
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    state.changes.close();
    state.recordings.close();
    throw error;
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    recordings: state.recordings,
    lookups: state.lookups,
    [Symbol.asyncDispose]: () => close(server, state),
  };
}

function createState(options: BackendOptions): BackendState {
  const recordings = new Recordings(options.data, options.limits);
  const replay = {
    order: options.replay ?? 'last',
    ignored: options.ignore ?? [],
    markReplayed: options.markReplayed ?? false,
  } as const;
  return {
    recordings,
    lookups: new Lookups(),
    sessions: new Sessions(),
    cases: options.cases,
    replayer: new Replayer(recordings, replay),
    replay,
    changes: new Changes(),
    log: options.log ?? pino({ level: 'silent' }),
  };
}

async function close(server: Server, { changes, recordings }: BackendState): Promise<void> {
  const closed = once(server, 'close');
  changes.close();
  server.close();
  // Proxies keep their connections open for ever.
  server.closeAllConnections();
  await closed;
  recordings.close();
}
