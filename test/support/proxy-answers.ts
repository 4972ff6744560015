import assert from 'node:assert/strict';
import type { Side } from '../../operator/api/revision.ts';
import type { Verification } from '../../operator/api/pod.ts';
import { StatisticsReader, type ProxyStatistics } from '../../operator/rollout/proxy-statistics.ts';
import { verifyProxy, type Expectation } from '../../operator/rollout/verify.ts';
import { ids } from './rollout.ts';

/** Of the node, in Unix seconds. */
export const now = 1_800_000_000;

export const nameOf = (revision: string, side?: Side) =>
  `shop.checkout-${revision}${side === undefined ? '' : side === 'Inbound' ? '-in' : '-out'}`;

export const expected: Expectation = {
  revision: ids.b,
  plugins: [{ name: nameOf(ids.b), side: 'Outbound' }],
  reportsRevision: true,
  reloads: false,
  isSwitched: false,
};
export const foreign: Expectation = { ...expected, reportsRevision: false };
export const bothSides: Expectation = {
  ...expected,
  plugins: [
    { name: nameOf(ids.b, 'Inbound'), side: 'Inbound' },
    { name: nameOf(ids.b, 'Outbound'), side: 'Outbound' },
  ],
};

/** Envoy's statistics of a plug-in that it has. */
export function plugin(
  revision: string,
  { side, reloads = 0 }: { side?: Side; reloads?: number } = {},
): string {
  const name = nameOf(revision, side).replaceAll(/[^a-z0-9]/g, '_');
  return [
    `envoy_wasm_${name}_vm_reload{} 0`,
    `envoy_wasm_${name}_vm_reload_success{} ${reloads}`,
    `envoy_wasm_${name}_vm_reload_failure{} 0`,
  ].join('\n');
}

/** Our own filter's statistics. */
export function runs(
  revision: string,
  {
    side = 'outbound',
    requests = 0,
    contexts = 3,
    ticksAt = Array.from({ length: contexts }, () => now - 1),
    configuredAt = now - 100,
  } = {},
): string {
  const prefix = `sp_agent_revision_${revision}`;
  return [
    `${prefix}_configured_at_seconds{} ${configuredAt}`,
    `${prefix}_${side}_requests{} ${requests}`,
    `${prefix}_${side}_contexts{} ${contexts}`,
    `${prefix}_${side}_last_tick_seconds{} ${ticksAt.reduce((sum, at) => sum + at, 0)}`,
  ].join('\n');
}

const workers = 'envoy_server_concurrency{} 2';
export const conversions = (result: string, count: number) =>
  `istio_agent_wasm_config_conversion_count{result="${result}"} ${count}`;
export const fetches = (result: string, count: number) =>
  `istio_agent_wasm_remote_fetch_count{result="${result}"} ${count}`;

export function statistics({ plugins }: Expectation, lines: readonly string[], at = now): ProxyStatistics {
  const reader = new StatisticsReader(plugins.map(({ name }) => name));
  for (const line of [workers, ...lines].join('\n').split('\n')) reader.read(line);
  return reader.result(at * 1000);
}

export function verdict(expectation: Expectation, ...lines: string[]): Verification {
  return verifyProxy(expectation, {
    latest: statistics(expectation, lines),
    previous: undefined,
    first: undefined,
  });
}

/** The verdict on the last of several answers. */
export function verdictOnLast(expectation: Expectation, ...answers: ProxyStatistics[]): Verification {
  const latest = answers.at(-1);
  assert.ok(latest);
  return verifyProxy(expectation, { latest, previous: answers.at(-2), first: answers[0] });
}

export const causeOf = (found: Verification) => (found.state === 'NotVerified' ? found.cause : found.state);
