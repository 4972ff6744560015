import type { Cause, ExpectedPlugin, Verification } from '../api/pod.ts';
import type { ProxyStatistics, RevisionStatistics, SideStatistics } from './proxy-statistics.ts';

/** What a proxy is to run. */
export interface Expectation {
  readonly revision: string;
  readonly plugins: readonly ExpectedPlugin[];
  /** The module has the statistics of filter/assembly/state/revision-metrics.ts. */
  readonly reportsRevision: boolean;
  /** Envoy reloads the filter when it traps. */
  readonly reloads: boolean;
  /** The proxy was not started with it, but ran another revision, or none, before. */
  readonly isSwitched: boolean;
}

/** Answers of one proxy, all since its pod is labelled with the revision. */
export interface Answers {
  readonly latest: ProxyStatistics;
  readonly previous: ProxyStatistics | undefined;
  /** The one from which reloads are counted. */
  readonly first: ProxyStatistics | undefined;
}

/** Reloads since the first answer that are too many. A module that traps once may have met an odd request. */
const reloadsMax = 2;
/** Seconds: the filter ticks each second, and a busy thread is late. */
const tickSeconds = 2;
/** Seconds without a tick of one thread that show that it stopped. */
const silentSeconds = 15;

const seeLog = 'see the log of the container istio-proxy';

/**
 * Judges whether a proxy runs a revision, from its own statistics (`:15020/stats/prometheus` of the pod).
 *
 * "Applied" proves nothing: Istio's agent acknowledges a module that it cannot fetch, and puts an allow-all or deny-all
 * filter in its place. So the proof has two parts. Envoy has statistics by name for each plug-in whose module it has loaded
 * and configured, whatever the module; they go with the plug-in. Our own filter has more: which threads run it, when they
 * last ticked, and how many requests it handled.
 *
 * No statistic that Istio's proxies give by default shows which push of istiod a proxy has had. So a plug-in that is absent is never
 * by itself a failure: the deadline of the step ends the wait for it, unless the proxy shows that it tried one and gave it up.
 */
export function verifyProxy(expected: Expectation, answers: Answers): Verification {
  const { latest } = answers;
  const { revision, plugins, reportsRevision } = expected;
  const missing = plugins.find((plugin) => !isLoaded(plugin, expected, latest));
  if (missing !== undefined) return missingVerdict(missing, expected, answers);
  const reloading = plugins.find(({ name }) => reloadsSince(name, answers) > reloadsMax);
  if (reloading !== undefined) {
    const message = `the filter of revision ${revision} traps again and again in its proxy, and Envoy reloads it; ${seeLog}`;
    return notVerified(message, 'Reloading');
  }
  if (!reportsRevision) {
    return {
      state: 'Loaded',
      message: `its proxy has loaded revision ${revision}; the module has no statistics that show requests`,
    };
  }
  for (const plugin of plugins) {
    const problem = problemOfThreads(plugin, expected, answers);
    if (problem !== undefined) return problem;
  }
  return amongOthers(expected, answers) ?? { state: 'Verified' };
}

/** Istio's agent has loaded every module that istiod gave it, of any author. */
export function loadsAllModules({ conversions, hasStandIn }: ProxyStatistics): boolean {
  return failuresOf(conversions).length === 0 && !hasStandIn;
}

function isLoaded(plugin: ExpectedPlugin, expected: Expectation, statistics: ProxyStatistics): boolean {
  if (statistics.reloads.has(plugin.name)) return true;
  const own = sideOf(statistics, expected, plugin);
  if (own !== undefined && own.contexts > 0 && !isSilent(own, statistics)) return true;
  if (statistics.namesPlugins || expected.reportsRevision) return false;
  // An Envoy that does not name plug-ins: all of them together show it.
  return statistics.virtualMachines > 0 && handedOver(statistics) > 0 && loadsAllModules(statistics);
}

function missingVerdict(plugin: ExpectedPlugin, expected: Expectation, answers: Answers): Verification {
  const { revision, plugins } = expected;
  const { fetches, conversions } = answers.latest;
  const failed = failuresOf(conversions);
  const failedFetches = failuresOf(fetches);
  const hasModule = handedOver(answers.latest) > 0;
  const side = plugins.length > 1 ? ` for ${plugin.side.toLowerCase()} requests` : '';
  const lacks = `its proxy has not configured revision ${revision}${side}`;
  if (loadsAllModules(answers.latest)) {
    // Absence proves nothing: istiod may not have pushed the plug-in to this proxy yet, whatever others it has.
    if (!hasModule || !hasGivenUpPlugin(expected, answers)) return notVerified(lacks, 'Unclear');
    return notVerified(`${lacks}, though it has a module; ${seeLog}`, 'NotConfigured');
  }
  const results = [...failedFetches, ...failed].join(', ');
  const why = results === '' ? '' : ` (${results})`;
  const message = `${lacks}: Istio's agent could not load a module${why}; ${seeLog}`;
  if (failedFetches.some((result) => passing.has(result))) return notVerified(message, 'NotFetched');
  // Another plug-in's module may be the one that failed, if any was loaded.
  return notVerified(message, hasModule ? 'Unclear' : 'Refused');
}

/**
 * Whether Envoy has tried a plug-in and given it up. Where it shows its machines: it tries each configuration in a machine of its own,
 * which it ends afterwards (proxy-wasm-cpp-host, `WasmHandleBase::canary`): a proxy that has just started has ended as many machines as
 * it has plug-ins, and more where one of them failed. One that ran before has ended others: those since its first answer count.
 *
 * The proxies of Istio show no machine of a configuration that came from istiod and failed. There the agent has handed a module over,
 * and Envoy still runs none in the next answer; or the agent has handed one over to a proxy that was switched since.
 */
function hasGivenUpPlugin({ isSwitched }: Expectation, { latest, previous, first }: Answers): boolean {
  const surplus = ({ endedMachines, plugins }: ProxyStatistics) => endedMachines - plugins;
  if (surplus(latest) > (isSwitched && first !== undefined ? Math.max(0, surplus(first)) : 0)) return true;
  if (previous === undefined) return false;
  const before = isSwitched ? handedOver(first) : 0;
  const runsNone = latest.virtualMachines === 0 && latest.plugins === 0;
  return (runsNone || isSwitched) && handedOver(previous) > before && handedOver(latest) > before;
}

/** How often Istio's agent handed a module over to Envoy. */
function handedOver(statistics: ProxyStatistics | undefined): number {
  return statistics?.conversions.get('success') ?? 0;
}

/** Failures of a fetch that may have had a cause of the moment, such as a server that was not there. */
const passing: ReadonlySet<string> = new Set(['download_failure', 'manifest_failure']);

function failuresOf(counts: ReadonlyMap<string, number>): string[] {
  const harmless = new Set(['success', 'no_remote_load']);
  return [...counts].flatMap(([result, count]) => (!harmless.has(result) && count > 0 ? [result] : []));
}

function reloadsSince(plugin: string, { latest, first }: Answers): number {
  const now = latest.reloads.get(plugin) ?? 0;
  const before = first?.reloads.get(plugin) ?? 0;
  // A counter that went back belongs to a proxy that was started again.
  return now >= before ? now - before : now;
}

/** Whether each thread of the proxy has the configuration of one plug-in, and still runs it. */
function problemOfThreads(
  plugin: ExpectedPlugin,
  expected: Expectation,
  { latest, previous }: Answers,
): Verification | undefined {
  const { revision, plugins, reloads } = expected;
  const own = sideOf(latest, expected, plugin);
  const side = plugins.length > 1 ? ` for ${plugin.side.toLowerCase()} requests` : '';
  if (own === undefined) {
    const message = `its proxy has not configured revision ${revision}${side}, though it has loaded the module; ${seeLog}`;
    return notVerified(message, 'NotConfigured');
  }
  // The main thread has the configuration too.
  if (own.contexts <= (latest.workers ?? 0)) {
    const message = `its proxy has loaded revision ${revision}, but does not run it in every thread${side}; ${seeLog}`;
    return notVerified(message, 'NotConfigured');
  }
  // A machine that Envoy replaced leaves its part in the sum: reloads are counted instead.
  if (reloads || !isSilent(own, latest)) return undefined;
  const before = previous && sideOf(previous, expected, plugin);
  const message = `the filter of revision ${revision} no longer runs in every thread of its proxy${side}: it trapped; ${seeLog}, and delete the pod to start it again`;
  // A thread that was only late has made up for it by the next answer.
  const isConfirmed =
    previous !== undefined && before !== undefined && silence(own, latest) >= silence(before, previous);
  return notVerified(message, isConfirmed && isSilent(before, previous) ? 'Stopped' : 'Unclear');
}

/** Seconds since the last tick, all threads together. */
function silence({ contexts, lastTickSeconds }: SideStatistics, { at }: ProxyStatistics): number {
  return contexts * (at / 1000) - lastTickSeconds;
}

function isSilent(side: SideStatistics, statistics: ProxyStatistics): boolean {
  return silence(side, statistics) > side.contexts * tickSeconds + silentSeconds;
}

/**
 * After a switch in a running proxy, two revisions are there until the old one's connections have ended. Envoy configures a
 * revision that is new to it; one that it still has it uses again without reporting it, so that then only requests show it.
 */
function amongOthers({ revision }: Expectation, { latest, previous }: Answers): Verification | undefined {
  const own = latest.revisions.get(revision);
  const others = [...latest.revisions].filter(([id, other]) => id !== revision && isAlive(other, latest));
  const [first] = others;
  if (own === undefined || first === undefined) return undefined;
  const isLast = others.every(([, other]) => own.configuredAt > other.configuredAt);
  const waiting = `its proxy runs revision ${first[0]} too`;
  if (previous === undefined) return isLast ? undefined : notVerified(waiting, 'Unclear');
  const handled = handledSince(previous, revision, own);
  const handledByOthers = others.reduce((sum, [id, other]) => sum + handledSince(previous, id, other), 0);
  if (handled > 0 && handledByOthers === 0) return undefined;
  if (handledByOthers > 0) return isLast && handled > 0 ? undefined : notVerified(waiting, 'Unclear');
  if (isLast) return undefined;
  return {
    state: 'Loaded',
    message: `its proxy was switched to revision ${revision}, and no request has shown it since`,
  };
}

/** One that trapped leaves its part in the gauges, which nothing moves any more. */
function isAlive({ sides }: RevisionStatistics, statistics: ProxyStatistics): boolean {
  return [...sides.values()].some((side) => side.contexts > 0 && !isSilent(side, statistics));
}

function handledSince(previous: ProxyStatistics, id: string, { sides }: RevisionStatistics): number {
  const before = previous.revisions.get(id)?.sides;
  return [...sides].reduce(
    (sum, [side, { requests }]) => sum + Math.max(0, requests - (before?.get(side)?.requests ?? 0)),
    0,
  );
}

/** A custom filter knows its side by its plug-in's name, which shows it only where there are two: a single one may report either. */
function sideOf(
  { revisions }: ProxyStatistics,
  { revision, plugins }: Expectation,
  { side }: ExpectedPlugin,
): SideStatistics | undefined {
  const sides = revisions.get(revision)?.sides;
  const [only] = plugins.length === 1 ? (sides?.values() ?? []) : [];
  return sides?.get(side) ?? only;
}

function notVerified(message: string, cause: Cause): Verification {
  return { state: 'NotVerified', message, cause };
}
