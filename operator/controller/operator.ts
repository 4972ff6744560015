import type { Logger } from 'pino';
import { messageOf } from '../api/errors.ts';
import type { OperatorPolicy } from '../api/policy.ts';
import { noSignaturePolicy, type SignaturePolicy } from '../artifact/signatures/policy.ts';
import type { AddressRules } from '../artifact/sources/address-policy.ts';
import { createModuleHandler } from '../artifact/serve.ts';
import type { StoreBudget } from '../artifact/store/budget.ts';
import { createModuleStore, type ModuleStore } from '../artifact/store/module-store.ts';
import { createClient, type ClusterClient } from '../cluster/client.ts';
import { EventPoster } from '../cluster/events.ts';
import { leaderClient } from '../cluster/leader-client.ts';
import { agentInfo, agentsByReady, gateStates, rolloutsByState } from './agent-info.ts';
import { sweepModules } from './artifact-sweep.ts';
import { Artifacts } from './artifacts.ts';
import { startBackgroundChecks } from './background-checks.ts';
import { Cache, keyOf, namespaceOf } from './cache.ts';
import { ConfigValidator } from './config-validator.ts';
import { describeAction } from './describe-action.ts';
import { outdatedWait } from './outdated-wait.ts';
import { followKinds } from './follow-kinds.ts';
import { metricsPage, probes, serveHttp } from './http-server.ts';
import { standForElection, type Leadership, type LeaseTimes } from '../cluster/leader-election.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { WorkQueue } from '../cluster/work-queue.ts';
import { reconcileAgent, type ReconcileContext } from './reconcile.ts';
import { sourceContext } from './source-context.ts';
import { RolloutWatch } from './rollout-watch.ts';
import { Turns } from './turns.ts';
import { RedactionKeys } from './redaction-key.ts';
import { StatusWriter } from './write-status.ts';

export interface OperatorOptions {
  readonly kubeconfig: string | undefined;
  /** The operator's own: modules and the lease are kept here. */
  readonly namespace: string;
  /** Unique per process: the pod's name. */
  readonly identity: string;
  /** Where each is served: `host:port` or `:port`. */
  readonly listen: Readonly<Record<'modules' | 'probes' | 'metrics', string>>;
  /** How proxies reach the modules. */
  readonly moduleBaseUrl: string;
  /** Off: this process leads at once. */
  readonly leaderElect: boolean;
  readonly concurrency: number;
  readonly verifyProxies: boolean;
  /** Workloads of the cluster that restart at once, or their share; undefined: the larger of 10 and 5%. */
  readonly maxWorkloadsInMotion?: number | string | undefined;
  /** Of modules that specs name. */
  readonly addresses: AddressRules;
  readonly policy: OperatorPolicy;
  /** Of modules in registries. Default: none is asked for. */
  readonly signatures?: SignaturePolicy | undefined;
  /** Of modules in the cluster. Default: none. */
  readonly storeBudget?: StoreBudget;
  /** Undefined: all. */
  readonly watchNamespaces: readonly string[] | undefined;
  readonly log: Logger;
  /** How soon kinds of other projects' CRDs are seen to come and go. Default 15. */
  readonly discoverySeconds?: number;
  readonly leaseTimes?: LeaseTimes;
}

export interface Operator extends AsyncDisposable {
  readonly urls: Readonly<Record<'modules' | 'probes' | 'metrics', string>>;
  /** Resolves with the reason if the lease is lost: another one leads then, and this process must end. */
  readonly lost: Promise<string>;
}

/** Starts all parts. What has a life of its own is on the stack, and ends in the opposite order: the queue first. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { log, namespace, identity } = options;
  await using stack = new AsyncDisposableStack();
  let leadership: Leadership | undefined;
  const isLeader = () => leadership?.isLeader() ?? !options.leaderElect;
  const agents = () => [...cache.agents.all()].map(agentInfo);
  const metrics = createMetrics({
    queueDepth: () => queue.depth,
    runningSeconds: () => queue.runningSeconds(),
    watchStaleness: () => cache.staleness(),
    agentsByReady: () => agentsByReady(agents()),
    agents,
    isLeader,
    rolloutsByState: () => rolloutsByState(cache.agents.all()),
    gates: () => [...cache.agents.all()].flatMap(gateStates),
    motion: () => turns.motion(),
  });
  const direct = stack.use(createClient(options.kubeconfig, { observer: metrics.requestObserver }));
  const client = leaderClient(direct, isLeader);
  const store = createModuleStore(client, namespace, options.storeBudget);
  const cache: Cache = new Cache(client, {
    namespaces: options.watchNamespaces,
    enqueue: (agentKey) => {
      queue.add(agentKey);
    },
    revisionIgnored: (item, why) => {
      log.warn({ revision: keyOf(item), why }, 'a revision that the operator did not write is ignored');
    },
    watchFailed: (kind, error) => {
      log.warn({ kind, error: error.message }, 'a watch failed; it is tried again');
    },
  });
  const turns = new Turns(cache, options.maxWorkloadsInMotion);
  const parts: Parts = {
    options,
    client,
    cache,
    store,
    metrics,
    turns,
    enqueue: (agentKey) => {
      queue.add(agentKey);
    },
  };
  const artifacts = createArtifacts(stack, parts);
  const queue: WorkQueue = createQueue(parts, reconcileContext(stack, { ...parts, artifacts }));
  const urls = await serve(stack, parts);
  startBackground(stack, { ...parts, artifacts }, isLeader);
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>();
  const lead = () => {
    log.info({ identity }, 'this replica leads');
    // After an outage the lease may come before the watches do.
    cache.retryWatches();
    queue.start();
  };
  if (options.leaderElect) {
    const times = options.leaseTimes ? { times: options.leaseTimes } : {};
    const election = { namespace, name: 'sp-agent', identity, elected: lead, lost: lose, ...times };
    leadership = stack.use(standForElection(direct, election));
  } else lead();
  stack.use(queue);
  const rest = stack.move();
  return { urls, lost, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** @returns where each is served. */
async function serve(stack: AsyncDisposableStack, { options, cache, metrics, store }: Parts) {
  const notReady = () => (cache.isReady() ? undefined : 'the caches are not filled yet');
  const { listen, log } = options;
  const modules = stack.use(await serveHttp(listen.modules, createModuleHandler(store, log)));
  const probe = stack.use(await serveHttp(listen.probes, probes(notReady)));
  const page = stack.use(await serveHttp(listen.metrics, metricsPage(metrics.registry)));
  return { modules: modules.url, probes: probe.url, metrics: page.url };
}

interface Parts {
  readonly options: OperatorOptions;
  readonly client: ClusterClient;
  readonly cache: Cache;
  readonly store: ModuleStore;
  readonly metrics: Metrics;
  readonly turns: Turns;
  readonly enqueue: (agentKey: string) => void;
}

interface PartsWithArtifacts extends Parts {
  readonly artifacts: Artifacts;
}

function createQueue({ options, cache, metrics }: Parts, context: ReconcileContext): WorkQueue {
  /** Agent → its last error, so that the same one is logged once. */
  const failures = new Map<string, string>();
  /** Namespace → since when what is known of it is out of date. */
  const outdatedSince = new Map<string, number>();
  return new WorkQueue({
    concurrency: options.concurrency,
    groupOf: namespaceOf,
    work: async (agentKey) => {
      const namespace = namespaceOf(agentKey);
      // What was seen before an outage is no ground to act on, but for a deletion: nobody takes that back.
      if (cache.secondsInSync(namespace) === undefined && !isDeleted(cache, agentKey)) {
        const since = outdatedSince.get(namespace) ?? performance.now();
        outdatedSince.set(namespace, since);
        return outdatedWait((performance.now() - since) / 1000);
      }
      outdatedSince.delete(namespace);
      const again = await reconcileAgent(context, agentKey);
      failures.delete(agentKey);
      return again;
    },
    failed: (agentKey, error) => {
      const message = messageOf(error);
      if (failures.get(agentKey) === message) return;
      failures.set(agentKey, message);
      options.log.warn({ agent: agentKey, error: message }, 'failed; it is tried again');
    },
    observer: metrics.queueObserver,
  });
}

function isDeleted(cache: Cache, agentKey: string): boolean {
  const namespace = namespaceOf(agentKey);
  return cache.agents.get(namespace, agentKey.slice(namespace.length + 1))?.isDeleted ?? false;
}

/** What runs whether this replica leads or not. */
function startBackground(
  stack: AsyncDisposableStack,
  parts: PartsWithArtifacts,
  isLeader: () => boolean,
): void {
  const { client, cache, store, artifacts } = parts;
  const { log, watchNamespaces, discoverySeconds } = parts.options;
  stack.use(cache);
  cache.start();
  stack.use(followKinds({ client, cache, log, seconds: discoverySeconds }));
  stack.use(
    sweepModules({
      store,
      cache,
      artifacts,
      isWatched: (name) => watchNamespaces?.includes(name) ?? true,
      isLeader,
      deleted: (digest) => {
        log.info({ digest }, 'a module that nothing names is deleted');
      },
      failed: (error) => {
        log.warn({ error: messageOf(error) }, 'unused modules could not be deleted; it is tried again');
      },
    }),
  );
}

function moduleBaseUrlOf({ moduleBaseUrl }: OperatorOptions): string {
  return moduleBaseUrl.replace(/\/$/, '');
}

function createArtifacts(
  stack: AsyncDisposableStack,
  { options, client, store, metrics, enqueue }: Parts,
): Artifacts {
  const artifacts = new Artifacts({
    context: sourceContext(client, {
      addresses: options.addresses,
      signatures: options.signatures ?? noSignaturePolicy,
      changed: enqueue,
      failed: (agent, error) => {
        options.log.warn({ agent, error: error.message }, 'a tag could not be resolved; it is tried again');
      },
    }),
    store,
    customFilters: options.policy.customFilters,
    moduleBaseUrl: moduleBaseUrlOf(options),
    changed: enqueue,
    produced: (result, source) => {
      options.log.info({ source, result }, 'module');
      metrics.artifactProduced(result);
    },
  });
  stack.defer(() => {
    artifacts.close();
  });
  return artifacts;
}

function reconcileContext(stack: AsyncDisposableStack, parts: PartsWithArtifacts): ReconcileContext {
  const { options, client, cache, store, artifacts, metrics, turns, enqueue } = parts;
  const { log } = options;
  const validator = new ConfigValidator((digest) => store.get(digest));
  const { verifier, measurements } = startBackgroundChecks(stack, {
    client,
    cache,
    addresses: options.addresses,
    enqueue,
    checked: ({ state }) => {
      metrics.proxyChecked(state);
    },
    measured: metrics.rolloutObserver.gateMeasured,
    log,
  });
  return {
    client,
    cache,
    policy: options.policy,
    moduleBaseUrl: moduleBaseUrlOf(options),
    verifier: options.verifyProxies ? verifier : undefined,
    measurements,
    turns,
    rolloutWatch: new RolloutWatch(metrics.rolloutObserver),
    statuses: new StatusWriter({ client, cache }),
    redactionKeys: new RedactionKeys(client),
    sourceTraits: (agent) => artifacts.sourceOf(agent),
    artifactState: (agent) => artifacts.stateOf(agent),
    configurationsOf: (agent) => validator.verdictsOf(agent),
    checkConfiguration: (agent, revision) => validator.check(agent, revision),
    events: new EventPoster(client, {
      instance: options.identity,
      failed: (error) => {
        log.warn({ error: messageOf(error) }, 'an event could not be posted');
      },
    }),
    onAction: (agent, action) => {
      log.info({ agent, ...describeAction(action) }, action.kind);
    },
  };
}
