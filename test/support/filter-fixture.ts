import type { ServerResponse } from 'node:http';
import { startEnvoy, type Envoy, type EnvoyOptions } from '../../operator/cli/trial/envoy.ts';
import type { EnvoyListener } from '../../operator/cli/trial/envoy-bootstrap.ts';
import { tool } from '../../hack/tools/tool.ts';
import { eventually } from './eventually.ts';
import { filterModule } from './filter-module.ts';
import { exchange, type Received, type Sent } from './http-exchange.ts';
import { recordedIn, type Recorded } from './recorded.ts';
import {
  startScriptedServer,
  type Arrival,
  type HeadersScript,
  type Script,
  type ScriptedServer,
} from './scripted-server.ts';

/** A listener with the filter. */
export interface FilteredListener extends Pick<
  EnvoyListener,
  'connectionManager' | 'fields' | 'httpFilters' | 'router'
> {
  /** Beside what every listener of a fixture gets; text is passed as it is. */
  readonly configuration?: object | string;
  readonly holdHeaders?: boolean;
  readonly failurePolicy?: NonNullable<EnvoyListener['filter']>['failurePolicy'];
}

type FilteredListeners = Readonly<Record<string, FilteredListener>>;

export interface FixtureOptions {
  readonly listeners?: FilteredListeners;
  readonly node?: object;
  readonly environment?: Readonly<Record<string, string>>;
  readonly wasmLogLevel?: NonNullable<EnvoyOptions['wasmLogLevel']>;
  readonly replaceable?: boolean;
}

/** A real Envoy with the filter between a client, an upstream and a backend, both of which do what a test says. */
export interface FilterFixture extends AsyncDisposable {
  readonly envoy: Envoy;
  readonly upstream: ScriptedServer;
  readonly backend: ScriptedServer;
  /** What upstream answers on a path; `200 upstream` otherwise. */
  answer(path: string, script: Script): void;
  /** What upstream does on a path as soon as the request's headers are there, instead of `answer`. */
  atHeaders(path: string, script: HeadersScript): void;
  /** What the backend answers to a lookup of a path; a miss otherwise. */
  hit(path: string, script: Script | Uint8Array): void;
  /** What the backend answers to saves. */
  saveAnswer: Script;
  send(listener: string, path: string, sent?: Sent): Promise<Received>;
  /** The lookups of a path so far. */
  lookups(path: string): Recorded[];
  /** The saves of a path so far. */
  saves(path: string): Recorded[];
  /** The one save of a path, awaited. */
  saved(path: string): Promise<Recorded>;
  /** What reached upstream on a path. */
  reached(path: string): Arrival[];
  /** The value of one of the filter's statistics, without `wasmcustom.sp_agent_`. */
  metric(name: string): Promise<number>;
  /** Replaces the listeners of a fixture that is `replaceable`; the module at another path needs another virtual machine. */
  replace(listeners: FilteredListeners, module?: string): Promise<void>;
}

/** The Envoy versions that the filter is tested in: `SP_AGENT_ENVOY_VERSIONS=1.36,1.40`; the newest by default. */
const versions = (process.env['SP_AGENT_ENVOY_VERSIONS'] ?? '1.40').split(',');
const executables = { '1.36': 'envoy-1.36', '1.40': 'envoy' } as const;

/** One suite for each Envoy version, with a fixture that all its tests share. */
export function describeInEnvoy(
  title: string,
  options: FixtureOptions,
  define: (fixture: () => FilterFixture) => void,
): void {
  for (const version of versions) {
    if (version !== '1.36' && version !== '1.40')
      throw new Error(`no Envoy ${version}; 1.36 and 1.40 are known`);
    describe(`${title} in Envoy ${version}`, () => {
      let fixture: FilterFixture | undefined;
      before(async function () {
        // The first suite of a run compiles the filter.
        this.timeout(120_000);
        fixture = await startFilter(options, version);
      });
      after(() => fixture?.[Symbol.asyncDispose]());
      define(() => {
        if (!fixture) throw new Error('the fixture is not up');
        return fixture;
      });
    });
  }
}

/** Settings that make saves visible soon; lookups have time enough on a busy machine. */
const quick = {
  version: 1,
  backend: { cluster: 'backend', authority: 'backend.test', timeoutMs: 10_000 },
  // What a cache may answer is the matter of tests of its own.
  lookup: { cacheRules: 'none' },
  save: { flushMs: 20 },
};

export async function startFilter(
  options: FixtureOptions = {},
  version: keyof typeof executables = '1.40',
): Promise<FilterFixture> {
  const { listeners = { main: {} }, node, environment, wasmLogLevel, replaceable = false } = options;
  await using starting = new AsyncDisposableStack();
  const answers = new Map<string, Script>();
  const early = new Map<string, HeadersScript>();
  const hits = new Map<string, Script>();
  const upstream = starting.use(
    await startScriptedServer(
      (arrival, response) => (answers.get(arrival.path) ?? plain)(arrival, response),
      (path) => early.get(path),
    ),
  );
  const backend = starting.use(
    await startScriptedServer((arrival, response) => {
      if (arrival.path.endsWith('/v1/traces')) return fixture.saveAnswer(arrival, response);
      const [lookup] = recordedBy(arrival);
      const script = hits.get(lookup?.attributes.get('url.path') ?? '');
      return (script ?? miss)(arrival, response);
    }),
  );
  const module = await filterModule();
  const envoyListeners = (filtered: FilteredListeners, path: string): EnvoyListener[] =>
    Object.entries(filtered).map(
      ([name, { configuration, holdHeaders = false, failurePolicy, ...rest }]) => ({
        name,
        upstream: 'upstream',
        filter: {
          module: path,
          configuration: configurationText(configuration),
          holdHeaders,
          ...(failurePolicy ? { failurePolicy } : {}),
          hostEnvironment: Object.keys(environment ?? {}),
        },
        ...rest,
      }),
    );
  const envoy = starting.use(
    await startEnvoy({
      binary: await tool(executables[version]),
      listeners: envoyListeners(listeners, module),
      replaceable,
      clusters: { upstream: upstream.port, backend: backend.port },
      ...(node ? { node } : {}),
      ...(environment ? { environment } : {}),
      ...(wasmLogLevel ? { wasmLogLevel } : {}),
    }),
  );
  const running = starting.move();
  const spans = (kind: string, path: string) =>
    backend.arrivals
      .filter((arrival) => arrival.path.endsWith(kind))
      .flatMap(recordedBy)
      .filter(({ attributes }) => attributes.get('url.path') === path);
  const fixture: FilterFixture = {
    envoy,
    upstream,
    backend,
    answer: (path, script) => void answers.set(path, script),
    atHeaders: (path, script) => void early.set(path, script),
    hit: (path, script) =>
      void hits.set(
        path,
        typeof script === 'function' ? script : (_, response) => protobuf(response, script),
      ),
    saveAnswer: (_, response) => void response.end(),
    send: (listener, path, sent) => exchange(`${envoy.listenerUrl(listener)}${path}`, sent),
    lookups: (path) => spans('/v1/inject', path),
    saves: (path) => spans('/v1/traces', path),
    saved: (path) => eventually(`a save of ${path}`, () => spans('/v1/traces', path)[0]),
    reached: (path) => upstream.arrivals.filter((arrival) => arrival.path === path),
    metric: (name) => statistic(envoy, `wasmcustom.sp_agent_${name}`),
    replace: (filtered, path = module) => envoy.replaceListeners(envoyListeners(filtered, path)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return fixture;
}

const decoded = new WeakMap<Arrival, Recorded[]>();

/** The spans of a call; decoded once, as tests that wait ask again and again. */
function recordedBy(arrival: Arrival): Recorded[] {
  const known = decoded.get(arrival) ?? recordedIn(arrival.body);
  decoded.set(arrival, known);
  return known;
}

const plain: Script = (_, response) => void response.end('upstream');

const miss: Script = (_, response) => void response.writeHead(404).end();

function protobuf(response: ServerResponse, message: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(message);
}

/** The configuration of a listener: sections are merged, so that a test says only what it is about. */
export function configurationText(own: object | string = {}): string {
  if (typeof own === 'string') return own;
  const sections = Object.entries(own).map(([key, value]: [string, unknown]) => {
    const base = (quick as Record<string, unknown>)[key];
    return [key, isObject(base) && isObject(value) ? { ...base, ...value } : value];
  });
  return JSON.stringify({ ...quick, ...Object.fromEntries(sections) });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

async function statistic(envoy: Envoy, name: string): Promise<number> {
  const response = await fetch(`${envoy.adminUrl}/stats?filter=^${name.replaceAll('.', '\\.')}$`);
  const line = (await response.text()).trim();
  return line === '' ? 0 : Number(line.slice(line.indexOf(':') + 1));
}

let paths = 0;

/** A path that no other test uses. */
export function freshPath(): string {
  return `/case/${++paths}`;
}
