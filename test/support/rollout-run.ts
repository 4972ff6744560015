import type { Action, RolloutPlan } from '../../operator/api/actions.ts';
import type { Pod } from '../../operator/api/pod.ts';
import type { AgentIdentity, Snapshot } from '../../operator/api/snapshot.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import { afterAction } from './after-runs.ts';
import { ids, inShort, options, podOf, snapshotOf, workloadAt } from './rollout.ts';
import { stableA, targetB } from './rollout-table.ts';

/** A rollout from revision a to b, plan by plan: labels and memory change as the plans say, pods as the test says. */
export class RolloutRun {
  snapshot: Snapshot;
  readonly #target: string;

  constructor(parts: Parameters<typeof snapshotOf>[0] = {}, target: string = ids.b) {
    this.#target = target;
    this.snapshot = snapshotOf({ revisions: [stableA, targetB], verification: 'Required', ...parts });
  }

  plan(): RolloutPlan {
    const target = this.snapshot.revisions.find(({ id }) => id === this.#target);
    return planRollout(this.snapshot, target, options);
  }

  /** Executes the next plan, or its first actions. @returns what was done, in short, and where the rollout stands. */
  run(survives = Infinity): { readonly does: readonly string[]; readonly plan: RolloutPlan } {
    const plan = this.plan();
    const done: readonly Action[] = plan.actions.slice(0, survives);
    for (const action of done) this.snapshot = afterAction(this.snapshot, action);
    return { does: inShort(done), plan };
  }

  wait(seconds: number): void {
    this.snapshot = { ...this.snapshot, now: this.snapshot.now + seconds * 1000 };
  }

  change(parts: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...parts };
  }

  /** Somebody asks by annotations of the agent. */
  ask(requests: Partial<AgentIdentity['requests']>): void {
    const { identity } = this.snapshot;
    this.change({ identity: { ...identity, requests: { ...identity.requests, ...requests } } });
  }

  changePod(name: string, parts: Partial<Pod>): void {
    this.change({ pods: this.snapshot.pods.map((pod) => (pod.name === name ? { ...pod, ...parts } : pod)) });
  }

  /** All pods of a workload are replaced by new ones, of its template. */
  replacePods(workload: string): void {
    const template = this.snapshot.workloads.find(({ name }) => name === workload)?.templateRevision;
    this.change({
      pods: this.snapshot.pods.map((pod) =>
        pod.workload === `Deployment/${workload}`
          ? podOf(pod.name, { ...pod, uid: `${pod.uid}+`, revision: template, templateRevision: template })
          : pod,
      ),
    });
  }

  /** Pod → its revision, of those that differ from their template. */
  switched(): Record<string, string | undefined> {
    return Object.fromEntries(
      this.snapshot.pods
        .filter(({ revision, templateRevision }) => revision !== templateRevision)
        .map(({ name, revision }) => [name, revision]),
    );
  }
}

/** Deployments of three verified pods that run the stable revision, on as many nodes. */
export function stableWorld(...names: string[]): Pick<Snapshot, 'workloads' | 'pods'> {
  return {
    workloads: names.map((name) => workloadAt(name, ids.a, { sinceSeconds: -9050 })),
    pods: names.flatMap((name) =>
      [0, 1, 2].map((index) =>
        podOf(`${name}-${index}`, { workload: `Deployment/${name}`, node: `node-${index}` }),
      ),
    ),
  };
}
