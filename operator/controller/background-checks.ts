import type { Logger } from 'pino';
import type { Verification } from '../api/pod.ts';
import type { AddressRules } from '../artifact/sources/address-policy.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { askDirectly, askThroughApiServer } from '../cluster/proxy-stats.ts';
import { Measurements, type MeasurementsOptions } from '../measure/measurements.ts';
import { keyOf, type Cache } from './cache.ts';
import { ProxyRoute } from './proxy-route.ts';
import { Verifier } from './verifier.ts';

export interface BackgroundChecksOptions {
  readonly client: ClusterClient;
  readonly cache: Cache;
  /** Which addresses the URLs of gates may lead to. */
  readonly addresses: AddressRules;
  readonly enqueue: (agentKey: string) => void;
  readonly checked: (verification: Verification) => void;
  readonly measured: MeasurementsOptions['measured'];
  readonly log: Logger;
}

export interface BackgroundChecks {
  /** Whether proxies run their revisions. */
  readonly verifier: Verifier;
  /** What gates measure. */
  readonly measurements: Measurements;
}

const refreshMilliseconds = 1000;

/** What is asked in the background, so that each run finds the last answers at once. */
export function startBackgroundChecks(
  stack: AsyncDisposableStack,
  { client, cache, addresses, enqueue, checked, measured, log }: BackgroundChecksOptions,
): BackgroundChecks {
  const clock = () => performance.now();
  const route = new ProxyRoute({
    ways: [
      // Needs no right; the other way reaches every port of every pod.
      { name: 'directly', ask: askDirectly },
      { name: 'through the API server', ask: askThroughApiServer(client) },
    ],
    changed: (way) => {
      if (way === undefined) log.warn('no proxy can be asked; pods count by their readiness');
      else log.info({ way }, 'proxies are asked another way');
    },
    clock,
  });
  const verifier = new Verifier({
    route,
    changed: ({ pod, agentName }) => {
      enqueue(keyOf({ namespace: pod.namespace, name: agentName }));
    },
    checked,
    clock,
  });
  const measurements = new Measurements({
    context: {
      client,
      addresses,
      podOf: (namespace, name) => cache.pods.get(namespace, name),
      askProxy: (pod, filter, read) => route.ask(pod, filter, read),
    },
    changed: (agent) => {
      enqueue(keyOf(agent));
    },
    measured,
    clock,
  });
  const timer = setInterval(() => {
    verifier.refresh();
    measurements.refresh();
  }, refreshMilliseconds);
  stack.defer(() => {
    clearInterval(timer);
  });
  return { verifier, measurements };
}
