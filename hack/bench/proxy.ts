import { startEnvoy, type Envoy } from '../../operator/cli/trial/envoy.ts';
import type { EnvoyListener } from '../../operator/cli/trial/envoy-bootstrap.ts';
import type { BackendState } from './backend.ts';
import type { Modules } from './modules.ts';
import { listenerOf, variants, type Pair, type Variant } from './variants.ts';

export interface ProxyOptions {
  readonly binary: string;
  readonly modules: Modules;
  readonly backend: BackendState;
}

/**
 * One proxy with a listener for each pair: what V8 does in the background, and what the machine does elsewhere, is
 * counted with all of them alike.
 */
export function startProxy(pairs: readonly Pair[], options: ProxyOptions): Promise<Envoy> {
  const listeners = pairs.map((pair) => {
    const [scenario, name, before] = pair;
    const variant: Variant = variants[name];
    return {
      name: listenerOf(pair),
      upstream: 'upstream',
      ...variant.listener(scenario, before ? modulesBefore(options.modules) : options.modules),
    };
  });
  return startWith(listeners, options, 1);
}

function modulesBefore(modules: Modules): Modules {
  if (modules.before === undefined) throw new Error('there is no module to compare with');
  return { ...modules, filter: modules.before };
}

export function startWith(
  listeners: readonly EnvoyListener[],
  { binary, backend }: ProxyOptions,
  workers: number,
): Promise<Envoy> {
  return startEnvoy({
    binary,
    listeners,
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
