/**
 * `npm run bench:filter`: what a request costs the proxy, against Envoy without filter and against its native
 * ext_authz. Nothing is kept. Exit code 1 when a call was not made; with `--strict` also when a target is missed.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { tool } from '../tools/tool.ts';
import type { BackendState } from './backend.ts';
import { startChild } from './child.ts';
import { measureFootprint } from './footprint.ts';
import type { Load, LoadResult } from './load.ts';
import { startProxies } from './proxies.ts';
import { reportFootprint, reportSamples, reportSoak, type Report } from './report.ts';
import { measureRounds, type Bench } from './rounds.ts';
import { soak } from './soak.ts';
import { scenarios, type Scenario, type Variant } from './variants.ts';

const { values } = parseArgs({
  options: {
    module: { type: 'string', default: 'dist/filter/sp_agent.wasm' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '1200' },
    soak: { type: 'string', default: '60000' },
    strict: { type: 'boolean', default: false },
  },
});

const pairs: readonly (readonly [Scenario, Variant])[] = [
  [scenarios.get, 'no filter'],
  [scenarios.get, 'ext_authz'],
  [scenarios.get, 'ext_authz + mirror'],
  [scenarios.get, 'bypassed'],
  [scenarios.get, 'hit'],
  [scenarios.get, 'miss'],
  ...[scenarios.post, scenarios.large].flatMap((scenario) =>
    (['no filter', 'ext_authz', 'ext_authz + mirror', 'hit', 'miss'] as const).map(
      (variant) => [scenario, variant] as const,
    ),
  ),
];

function show({ lines, missed }: Report): number {
  console.log(`${lines.join('\n')}\n`);
  return missed;
}

async function main(): Promise<void> {
  if (!existsSync(values.module)) throw new Error(`${values.module} is absent; run npm run build:filter`);
  const binary = await tool('envoy');
  await using backend = startChild<'state', BackendState>('./backend.ts');
  await using load = startChild<Load, LoadResult>('./load.ts');
  const options = { binary, module: values.module, backend: await backend.ask('state') };

  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; ${binary}\n`);
  let missed = show(reportFootprint(await measureFootprint(options)));

  await using proxies = await startProxies(pairs, options);
  const bench: Bench = { proxies, backend, load, connections: 16 };
  const samples = await measureRounds(bench, pairs, {
    rounds: Number(values.rounds),
    // A large body takes about four times as long.
    requests: ({ requestBytes }) => Math.ceil(Number(values.requests) / (requestBytes > 16_384 ? 4 : 1)),
  });
  missed += show(reportSamples(samples, pairs));
  missed += show(reportSoak(await soak(bench, Number(values.soak))));

  if (missed > 0) console.log(`${missed} targets missed`);
  process.exitCode = missed > 0 && values.strict ? 1 : 0;
}

await main();
