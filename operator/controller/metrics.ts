import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestObserver } from '../cluster/client.ts';
import type { QueueObserver } from '../cluster/work-queue.ts';
import type { AgentInfo } from './agent-info.ts';
import type { Staleness } from './cache.ts';
import { rolloutMetrics, type RolloutObserver, type RolloutSources } from './rollout-metrics.ts';

const controller = 'spagent';

/** Seconds: controller-runtime's own buckets. */
const reconcileBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is sampled at the moment of a scrape. */
export interface MetricSources extends RolloutSources {
  queueDepth(): number;
  /** Seconds for which each key in progress has been worked on. */
  runningSeconds(): readonly number[];
  watchStaleness(): Iterable<Staleness>;
  /** Agents by the status of their Ready condition. */
  agentsByReady(): ReadonlyMap<string, number>;
  agents(): Iterable<AgentInfo>;
  isLeader(): boolean;
}

export interface Metrics {
  readonly registry: Registry;
  readonly queueObserver: QueueObserver;
  readonly requestObserver: RequestObserver;
  readonly rolloutObserver: RolloutObserver;
  artifactProduced(result: string): void;
  proxyChecked(state: string): void;
}

/** Names that dashboards for controller-runtime and client-go already chart, and `spagent_*`. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  sampledGauges(registry, sources);
  const builds = new Counter({
    name: 'spagent_artifact_total',
    help: 'Modules built or fetched, by result: Ready or the reason of the failure.',
    labelNames: ['result'],
    registers,
  });
  const checks = new Counter({
    name: 'spagent_proxy_checks_total',
    help: 'Proxies asked whether they run their revision, by answer.',
    labelNames: ['state'],
    registers,
  });
  return {
    registry,
    queueObserver: queueObserver(registry),
    requestObserver: requestObserver(registry),
    rolloutObserver: rolloutMetrics(registry, sources),
    artifactProduced: (result) => {
      builds.inc({ result });
    },
    proxyChecked: (state) => {
      checks.inc({ state });
    },
  };
}

function requestObserver(registry: Registry): RequestObserver {
  const registers = [registry];
  const total = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server, by method and status.',
    labelNames: ['method', 'code'],
    registers,
  });
  const times = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long the API server takes until it answers.',
    labelNames: ['verb'],
    buckets: reconcileBuckets,
    registers,
  });
  return (method, code, seconds) => {
    total.inc({ method, code });
    times.observe({ verb: method }, seconds);
  };
}

function queueObserver(registry: Registry): QueueObserver {
  const registers = [registry];
  const labels = { name: controller };
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys added to the queue.',
    labelNames: ['name'],
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys queued again after a failure.',
    labelNames: ['name'],
    registers,
  });
  const waits = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waits.',
    labelNames: ['name'],
    buckets: reconcileBuckets,
    registers,
  });
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by result.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Failed reconciliations.',
    labelNames: ['controller'],
    registers,
  });
  const times = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a reconciliation takes.',
    labelNames: ['controller'],
    buckets: reconcileBuckets,
    registers,
  });
  return {
    added: () => {
      adds.inc(labels);
    },
    started: (waitedSeconds) => {
      waits.observe(labels, waitedSeconds);
    },
    finished: (result, tookSeconds) => {
      total.inc({ controller, result });
      times.observe({ controller }, tookSeconds);
      if (result !== 'error') return;
      errors.inc({ controller });
      retries.inc(labels);
    },
  };
}

function sampledGauges(registry: Registry, sources: MetricSources): void {
  queueGauges(registry, sources);
  agentGauges(registry, sources);
  const registers = [registry];
  new Gauge({
    name: 'leader_election_master_status',
    help: '1 if this replica leads.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: 'sp-agent' }, sources.isLeader() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'spagent_watch_stale_seconds',
    help: 'Seconds since the API server was heard; about 60 is usual.',
    labelNames: ['kind', 'namespace'],
    registers,
    collect() {
      this.reset();
      for (const { kind, namespace, seconds } of sources.watchStaleness())
        this.set({ kind, namespace }, seconds);
    },
  });
}

function queueGauges(registry: Registry, sources: MetricSources): void {
  const registers = [registry];
  new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that wait.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: controller }, sources.queueDepth());
    },
  });
  new Gauge({
    name: 'workqueue_unfinished_work_seconds',
    help: 'For how long all keys in progress have been worked on, in sum.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set(
        { name: controller },
        sources.runningSeconds().reduce((sum, seconds) => sum + seconds, 0),
      );
    },
  });
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'For how long the oldest key in progress has been worked on.',
    labelNames: ['name'],
    registers,
    collect() {
      this.set({ name: controller }, Math.max(0, ...sources.runningSeconds()));
    },
  });
}

function agentGauges(registry: Registry, sources: MetricSources): void {
  const registers = [registry];
  new Gauge({
    name: 'spagent_agents',
    help: 'SpAgents by the status of their Ready condition.',
    labelNames: ['ready'],
    registers,
    collect() {
      this.reset();
      for (const [ready, count] of sources.agentsByReady()) this.set({ ready }, count);
    },
  });
  new Gauge({
    name: 'spagent_agent_info',
    help: 'One for each SpAgent: its Ready condition and revisions.',
    labelNames: ['namespace', 'name', 'ready', 'reason', 'stable_revision', 'target_revision'],
    registers,
    collect() {
      this.reset();
      for (const info of sources.agents()) this.set({ ...info }, 1);
    },
  });
}
