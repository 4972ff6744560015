import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { createBackend, type Backend } from '../../backend/server.ts';
import { redactionKeyEnvName } from '../../api/names.ts';
import { pluginConfig } from '../../render/plugin-config.ts';
import { backendRoute } from '../../render/backend/backend-target.ts';
import type { SpAgent } from '../../api/schema.ts';
import type { JsonObject } from '../../api/json.ts';
import { startEnvoy, type Envoy } from './envoy.ts';
import { Failure } from '../failure.ts';
import { repeatUntil } from '../repeat-until.ts';

/** A real Envoy with a module, an upstream of its own and the development backend. */
export interface Trial extends AsyncDisposable {
  readonly envoy: Envoy;
  readonly backend: Backend;
  readonly url: string;
  /** Requests that reached upstream. */
  upstreamCalls(): number;
}

const backendCluster = 'backend';
const listener = 'trial';

export async function startTrial(options: {
  readonly envoy: string;
  /** Path of the module. */
  readonly module: string;
  readonly agent: SpAgent;
}): Promise<Trial> {
  await using starting = new AsyncDisposableStack();
  const backend = starting.use(await createBackend({ data: ':memory:' }));
  const upstream = starting.adopt(await startUpstream(), closeServer);
  const envoy = starting.use(
    await startEnvoy({
      binary: options.envoy,
      listeners: [
        {
          name: listener,
          upstream: 'upstream',
          filter: {
            module: options.module,
            configuration: JSON.stringify(trialConfig(options.agent)),
            holdHeaders: true,
            hostEnvironment: [redactionKeyEnvName],
          },
        },
      ],
      clusters: { upstream: portOf(upstream), [backendCluster]: backend.port },
      environment: { [redactionKeyEnvName]: randomBytes(32).toString('hex') },
      wasmLogLevel: 'debug',
    }),
  );
  let calls = 0;
  upstream.on('request', () => (calls += 1));
  const running = starting.move();
  return {
    envoy,
    backend,
    url: envoy.listenerUrl(listener),
    upstreamCalls: () => calls,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The agent's own configuration, with its calls led to the backend of this machine; it records and replays whatever the mode. */
function trialConfig(agent: SpAgent): JsonObject {
  const route = backendRoute({ url: 'http://localhost' }, agent.namespace);
  const { spec } = agent;
  // The listener has a port of its own.
  const capture = { ...spec.capture, ports: [] };
  const config = pluginConfig({ ...agent, spec: { ...spec, mode: 'Cache', capture } }, route, true);
  return {
    ...config,
    backend: { cluster: backendCluster, authority: 'localhost', timeoutMs: 5000 },
    direction: 'outbound',
  };
}

async function startUpstream(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      // Only a replay can give the same answer twice.
      response.end(JSON.stringify({ path: request.url, nonce: randomBytes(8).toString('hex') }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

export interface Exchange {
  readonly name: string;
  readonly path: string;
  readonly body?: string;
}

/** What must work, a request with a body included: its headers are held until the body was looked up. */
export const exchanges: readonly Exchange[] = [
  { name: 'GET', path: '/spagent-test/get' },
  { name: 'POST with a body', path: '/spagent-test/post', body: JSON.stringify({ amount: 3 }) },
];

const saveDeadlineSeconds = 10;

/**
 * Sends one request twice: first a miss that goes upstream and is saved, then a hit with the very same answer.
 * @throws {Failure} with what was different.
 */
export async function tryExchange(
  trial: Trial,
  exchange: Exchange,
  report: (line: string) => void,
): Promise<void> {
  const before = { calls: trial.upstreamCalls(), saved: trial.backend.recordings.count };
  const miss = await ask(trial, exchange);
  if (miss.status !== 200 || trial.upstreamCalls() !== before.calls + 1) {
    throw new Failure(`${exchange.name}: the first request got ${miss.status} and did not go upstream once`);
  }
  report(`${exchange.name}: miss, answered by upstream`);
  const isSaved = () => trial.backend.recordings.count > before.saved;
  if (!(await repeatUntil(isSaved, { seconds: saveDeadlineSeconds, pollMilliseconds: 20 }))) {
    throw new Failure(`${exchange.name}: nothing was saved in ${saveDeadlineSeconds} s`);
  }
  report(`${exchange.name}: saved`);
  const hit = await ask(trial, exchange);
  if (trial.upstreamCalls() !== before.calls + 1) {
    throw new Failure(`${exchange.name}: the second request went upstream again; it was not found`);
  }
  if (hit.status !== miss.status || hit.body !== miss.body) {
    throw new Failure(
      `${exchange.name}: the replayed answer is not the recorded one: ${hit.status} ${hit.body}`,
    );
  }
  report(`${exchange.name}: hit, the recorded answer without upstream`);
}

async function ask({ url }: Trial, { path, body }: Exchange): Promise<{ status: number; body: string }> {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-softprobe-session-id': 'spagent-test' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: await response.text() };
}
