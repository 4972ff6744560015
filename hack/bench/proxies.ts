import { startEnvoy, type Envoy } from '../../operator/cli/envoy.ts';
import type { BackendState } from './backend.ts';
import { listener, proxyOf, type Scenario, type Variant } from './variants.ts';

export interface ProxyOptions {
  readonly binary: string;
  readonly module: string;
  readonly backend: BackendState;
  readonly workers?: number;
}

/** Starts a proxy with a listener for each pair. */
export function startProxy(
  pairs: readonly (readonly [Scenario, Variant])[],
  { binary, module, backend, workers = 1 }: ProxyOptions,
): Promise<Envoy> {
  return startEnvoy({
    binary,
    listeners: pairs.map(([scenario, variant]) => listener(scenario, variant, module)),
    clusters: {
      upstream: backend.port,
      authz: backend.port,
      backend: backend.port,
      mirror: backend.mirrorPort,
    },
    wasmLogLevel: 'warn',
    workers,
  });
}

/** The proxy for the filters of Envoy's own, and the one for ours. */
export interface Proxies extends AsyncDisposable {
  readonly native: Envoy;
  readonly ours: Envoy;
}

export async function startProxies(
  pairs: readonly (readonly [Scenario, Variant])[],
  options: ProxyOptions,
): Promise<Proxies> {
  await using starting = new AsyncDisposableStack();
  const of = (name: 'native' | 'ours') => pairs.filter(([, variant]) => proxyOf(variant) === name);
  const native = starting.use(await startProxy(of('native'), options));
  const ours = starting.use(await startProxy(of('ours'), options));
  const running = starting.move();
  return { native, ours, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Envoy's statistics by name. */
export async function statistics(envoy: Envoy): Promise<Map<string, number>> {
  const text = await (await fetch(`${envoy.adminUrl}/stats`)).text();
  return new Map(
    text
      .split('\n')
      .map((line) => /^(.*): ([0-9]+)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, name = '', value]) => [name, Number(value)]),
  );
}
