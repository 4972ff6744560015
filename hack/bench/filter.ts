/**
 * `npm run bench:filter`: what a request costs the proxy, against Envoy without filter and against its native
 * ext_authz. Nothing is kept. Exit code 1 when a call was not made; with `--strict` also when a target is missed.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { messageOf } from '../../operator/api/errors.ts';
import { tool } from '../tools/tool.ts';
import type { BackendState } from './backend.ts';
import { startChild } from './child.ts';
import { comparedPairs, reportComparison } from './comparison.ts';
import { reportFeatures } from './features.ts';
import { measureFootprint } from './footprint.ts';
import type { Load, LoadResult } from './load.ts';
import { buildModules } from './modules.ts';
import { parseOptions, type BenchOptions } from './options.ts';
import { startProxy } from './proxy.ts';
import { reportFootprint, reportSoak, type Report } from './report.ts';
import { measureRounds, type Bench } from './rounds.ts';
import type { Scenario } from './scenarios.ts';
import { soak, soakPair } from './soak.ts';
import { reportTargets } from './targets.ts';
import { pairs } from './variants.ts';

function show({ lines, missed }: Report): number {
  console.log(`${lines.join('\n')}\n`);
  return missed;
}

/** @returns how many targets are missed. */
async function measureAll(options: BenchOptions): Promise<number> {
  if (!existsSync(options.module)) throw new Error(`${options.module} is absent; run npm run build:filter`);
  const binary = await tool('envoy');
  await using modules = await buildModules(options.module, options.before);
  await using backend = startChild<'state', BackendState>('./backend.ts');
  await using load = startChild<Load, LoadResult>('./load.ts');
  const proxyOptions = { binary, modules, backend: await backend.ask('state') };

  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; ${binary}\n`);
  const plan = {
    rounds: options.rounds,
    // A large body takes about four times as long.
    requests: ({ requestBytes }: Scenario) => Math.ceil(options.requests / (requestBytes > 16_384 ? 4 : 1)),
  };
  if (options.before !== undefined) {
    await using proxy = await startProxy(comparedPairs, proxyOptions);
    const bench: Bench = { proxy, backend, load, connections: 16 };
    return show(reportComparison(await measureRounds(bench, comparedPairs, plan)));
  }
  if (options.onlySoak) {
    await using proxy = await startProxy([soakPair], proxyOptions);
    const bench: Bench = { proxy, backend, load, connections: 16 };
    return show(reportSoak(await soak(bench, options.soak)));
  }
  let missed = show(reportFootprint(await measureFootprint(proxyOptions)));

  await using proxy = await startProxy(pairs, proxyOptions);
  const bench: Bench = { proxy, backend, load, connections: 16 };
  const samples = await measureRounds(bench, pairs, plan);
  missed += show(reportTargets(samples));
  show(reportFeatures(samples));
  return missed + show(reportSoak(await soak(bench, options.soak)));
}

const options = parseOptions(process.argv);
try {
  const missed = await measureAll(options);
  if (missed > 0) console.log(`${missed} targets missed`);
  process.exitCode = missed > 0 && options.strict ? 1 : 0;
} catch (error) {
  console.error(`bench: ${messageOf(error)}`);
  process.exitCode = 1;
}
