import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { GateResult } from '../api/gates.ts';
import type { ClusterMotion } from '../rollout/brake.ts';
import type { GateState } from './agent-info.ts';

/** What is sampled at the moment of a scrape. */
export interface RolloutSources {
  /** Agents by `status.rollout.state`. */
  rolloutsByState(): ReadonlyMap<string, number>;
  /** Gates of the steps in progress. */
  gates(): Iterable<GateState>;
  motion(): ClusterMotion;
}

/** Takes what happens to rollouts. */
export interface RolloutObserver {
  /** @param seconds since it began; undefined where that is not known. */
  completed(seconds: number | undefined): void;
  /** @param reason see `Reason`. */
  failed(reason: string): void;
  /** The last pod has left a failed revision. @param seconds since the failure was recorded. */
  podsBack(seconds: number): void;
  gateMeasured(kind: string, verdict: GateResult['verdict']): void;
}

/** Seconds: from a workload or two to a rollout with canaries that bake for days. */
const rolloutBuckets = [10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 43_200, 86_400, 604_800];
/** Seconds: a live switch takes less than one, a rollback that has to restart pods some minutes. */
const podsBackBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export function rolloutMetrics(registry: Registry, sources: RolloutSources): RolloutObserver {
  stateGauges(registry, sources);
  motionGauges(registry, sources);
  return rolloutObserver(registry);
}

function rolloutObserver(registry: Registry): RolloutObserver {
  const registers = [registry];
  const rollouts = new Counter({
    name: 'spagent_rollouts_total',
    help: 'Rollouts that ended, by result: Complete or the reason of the failure.',
    labelNames: ['result'],
    registers,
  });
  const durations = new Histogram({
    name: 'spagent_rollout_duration_seconds',
    help: 'How long completed rollouts took, with bakes, approvals and pauses.',
    buckets: rolloutBuckets,
    registers,
  });
  const podsBack = new Histogram({
    name: 'spagent_rollback_pods_duration_seconds',
    help: 'Time from the failure of a revision until no pod has it.',
    buckets: podsBackBuckets,
    registers,
  });
  const measurements = new Counter({
    name: 'spagent_gate_measurements_total',
    help: 'Measurements of gates, by the kind of gate and its verdict after them.',
    labelNames: ['kind', 'verdict'],
    registers,
  });
  return {
    completed: (seconds) => {
      rollouts.inc({ result: 'Complete' });
      if (seconds !== undefined) durations.observe(seconds);
    },
    failed: (reason) => {
      rollouts.inc({ result: reason });
    },
    podsBack: (seconds) => {
      podsBack.observe(seconds);
    },
    gateMeasured: (kind, verdict) => {
      measurements.inc({ kind, verdict });
    },
  };
}

function stateGauges(registry: Registry, sources: RolloutSources): void {
  const registers = [registry];
  new Gauge({
    name: 'spagent_rollouts',
    help: 'SpAgents by the state of their rollout.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of sources.rolloutsByState()) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'spagent_gate_info',
    help: 'One for each gate of a step in progress: its verdict.',
    labelNames: ['namespace', 'name', 'gate', 'verdict'],
    registers,
    collect() {
      this.reset();
      for (const gate of sources.gates()) this.set({ ...gate }, 1);
    },
  });
}

function motionGauges(registry: Registry, sources: RolloutSources): void {
  const registers = [registry];
  new Gauge({
    name: 'spagent_workloads_in_motion',
    help: 'Workloads of the cluster that restart because of SpAgents.',
    registers,
    collect() {
      this.set(sources.motion().inMotion);
    },
  });
  new Gauge({
    name: 'spagent_workloads_in_motion_limit',
    help: 'How many workloads may.',
    registers,
    collect() {
      this.set(sources.motion().limit);
    },
  });
  new Gauge({
    name: 'spagent_rollouts_queued',
    help: 'Rollouts that wait until fewer workloads of the cluster restart.',
    registers,
    collect() {
      this.set(sources.motion().queued);
    },
  });
}
