import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import type { Pod } from '../../operator/api/pod.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { Snapshot } from '../../operator/api/snapshot.ts';
import type { Workload, WorkloadStep } from '../../operator/api/workload.ts';
import { planRollout } from '../../operator/rollout/plan.ts';
import { ids, options, revisionOf, snapshotOf, start, workloadOf } from './rollout.ts';

/**
 * A small world for the rollout's model test: workloads that roll pod by pod, stall where a revision is bad, and other
 * hands on everything. It checks the rules that must hold at every action.
 */

interface Body {
  readonly name: string;
  desired: number;
  template: string | undefined;
  step: WorkloadStep | undefined;
  foreignManager: string | undefined;
  isPaused: boolean;
  /** Its pods do not get ready, whatever they run. */
  isSick: boolean;
  /** Has the workload been whole since its last step? */
  arrived: boolean;
  /** Revision of each pod; it is ready unless its revision is bad or it is new. */
  pods: { revision: string | undefined; isReady: boolean }[];
}

export type RevisionId = (typeof ids)[keyof typeof ids];

const deadlineSeconds = 60;

export class World {
  private now = start;
  /** How far the leader's clock is ahead. Milliseconds. */
  private skew = 0;
  private generation = 1;
  private target: RevisionId = ids.a;
  private paused = false;
  private settled = new Set<string>();
  private readonly bodies: Body[];
  private readonly revisions = new Map<string, Revision>();
  private readonly failedIn = new Set<string>();

  private readonly bad: ReadonlySet<string>;

  constructor(sizes: readonly number[], bad: ReadonlySet<string>) {
    this.bad = bad;
    this.bodies = sizes.map((size, index) => ({
      name: `w${index}`,
      desired: size,
      template: undefined,
      step: undefined,
      foreignManager: undefined,
      isPaused: false,
      isSick: false,
      arrived: true,
      pods: Array.from({ length: size }, () => ({ revision: undefined, isReady: true })),
    }));
    this.wantRevision(ids.a);
  }

  wantRevision(id: RevisionId): void {
    this.target = id;
    this.generation += 1;
    if (!this.revisions.has(id)) {
      this.revisions.set(id, revisionOf(id, { number: this.revisions.size + 1 }));
    }
  }

  setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    this.generation += 1;
  }

  scale(index: number, desired: number): void {
    this.with(index, (body) => (body.desired = desired));
  }

  remove(index: number): void {
    if (this.bodies.length > 1) this.bodies.splice(index % this.bodies.length, 1);
  }

  pauseWorkload(index: number): void {
    this.with(index, (body) => (body.isPaused = true));
  }

  sicken(index: number): void {
    this.with(index, (body) => (body.isSick = true));
  }

  /** Another leader, whose clock is so far ahead. */
  lead(skewSeconds: number): void {
    this.skew = skewSeconds * 1000;
  }

  takeOver(index: number, revision: string | undefined): void {
    this.with(index, (body) => {
      body.foreignManager = 'argocd';
      body.template = revision;
    });
  }

  /** Every other hand lets go, and what it left is put right. */
  calm(): void {
    this.setPaused(false);
    this.skew = 0;
    for (const body of this.bodies) {
      body.isPaused = false;
      body.isSick = false;
      if (body.foreignManager !== undefined) body.step = undefined;
      body.foreignManager = undefined;
    }
  }

  /** One reconcile; the operator is killed after `survives` actions. */
  reconcile(survives = Infinity): readonly Action[] {
    const target = this.revisions.get(this.target);
    const plan = planRollout(this.snapshot(), target, options);
    for (const action of plan.actions.slice(0, survives)) this.execute(action);
    return plan.actions;
  }

  /** Five seconds; every workload replaces or adds one pod. */
  tick(): void {
    this.now += 5000;
    for (const id of this.revisions.keys()) this.settled.add(id);
    for (const body of this.bodies) this.roll(body);
  }

  snapshot(): Snapshot {
    const snapshot = snapshotOf({
      now: this.leaderNow,
      rollout: { progressDeadline: `${deadlineSeconds}s`, paused: this.paused },
      revisions: [...this.revisions.values()],
      workloads: this.bodies.map((body) => this.workload(body)),
      pods: this.bodies.flatMap((body) => this.podsOf(body)),
      verification: 'Required',
    });
    const agent = { ...snapshot.agent, generation: this.generation };
    const owned = snapshot.owned.filter(({ name }) => this.settled.has(name.slice('checkout-'.length)));
    return { ...snapshot, agent, owned };
  }

  /** The one revision that every workload and every pod has; undefined if they differ. */
  uniformRevision(): string | null | undefined {
    const seen = new Set(
      this.bodies.flatMap((body) => [body.template, ...body.pods.map((pod) => pod.revision)]),
    );
    return seen.size === 1 ? ([...seen][0] ?? null) : undefined;
  }

  get goal(): RevisionId {
    return this.target;
  }

  private execute(action: Action): void {
    switch (action.kind) {
      case 'SetWorkloadRevision':
        return this.setRevision(action.workloadName, action.step);
      case 'MarkStable':
        for (const { stableSince = '' } of this.revisions.values()) assert.ok(action.since > stableSince);
        return this.change(action.revisionId, { stableSince: action.since });
      case 'MarkFailed':
        this.failedIn.add(`${action.revisionId} ${action.failure.generation}`);
        return this.change(action.revisionId, { failure: action.failure });
      case 'Event':
        return;
      case 'Apply':
      case 'Prune':
      case 'CreateRevision':
      case 'DeleteRevision':
      case 'RefetchModule':
        assert.fail(`a rollout does not ${action.kind}`);
    }
  }

  private setRevision(name: string, step: WorkloadStep): void {
    const body = this.bodies.find((one) => one.name === name);
    assert.ok(body);
    assert.equal(body.foreignManager, undefined, 'another manager is not overruled');
    for (const { step: other } of this.bodies)
      assert.ok(step.since > (other?.since ?? ''), 'the latest step');
    if (body.isPaused) {
      assert.equal(step.revision, body.step?.revision, 'a paused workload goes nowhere');
      body.step = step;
      return;
    }
    assert.ok(!this.paused, 'no step while paused');
    const others = this.bodies
      .filter(
        (one) => one !== body && !one.arrived && one.step !== undefined && one.foreignManager === undefined,
      )
      .filter((one) => step.revision === this.target || !this.isGivenUp(one));
    assert.deepEqual(
      others.map((one) => one.name),
      [],
      'never two workloads in motion',
    );
    if (step.revision !== null) {
      assert.ok(this.settled.has(step.revision), 'the resource exists before a label names it');
      const attempt = `${step.revision} ${this.generation}`;
      assert.ok(!this.failedIn.has(attempt), 'a failed revision is not tried again for the same spec');
    }
    body.template = step.revision ?? undefined;
    body.step = step;
    body.arrived = this.isWhole(body);
  }

  /** On the way back the others do not wait for it. */
  private isGivenUp({ isPaused, step }: Body): boolean {
    const overdueSince = Date.parse(step?.since ?? '') + deadlineSeconds * 1000;
    return isPaused || overdueSince <= this.leaderNow;
  }

  private get leaderNow(): number {
    return this.now + this.skew;
  }

  private change(id: string, parts: Partial<Revision>): void {
    const revision = this.revisions.get(id);
    assert.ok(revision);
    this.revisions.set(id, { ...revision, ...parts });
  }

  private with(index: number, change: (body: Body) => void): void {
    const body = this.bodies[index % this.bodies.length];
    if (body !== undefined) change(body);
  }

  private isBad(revision: string | undefined): boolean {
    return revision !== undefined && this.bad.has(revision);
  }

  /** As a Deployment with maxUnavailable 1: the next old pod goes when all others are ready. */
  private roll(body: Body): void {
    for (const pod of body.pods) pod.isReady = !body.isSick && !this.isBad(pod.revision);
    if (body.pods.length > body.desired) body.pods.length = body.desired;
    while (body.pods.length < body.desired) body.pods.push({ revision: body.template, isReady: false });
    const old = body.pods.filter((pod) => pod.revision !== body.template);
    // A pod that is not ready is replaced first, whatever the others are.
    const next =
      old.find((pod) => !pod.isReady) ?? (body.pods.every((pod) => pod.isReady) ? old[0] : undefined);
    if (next !== undefined && !body.isPaused) {
      next.revision = body.template;
      next.isReady = false;
    }
    if (this.isWhole(body)) body.arrived = true;
  }

  private isWhole(body: Body): boolean {
    const { desired, pods, template } = body;
    return pods.length === desired && pods.every((pod) => pod.isReady && pod.revision === template);
  }

  private workload(body: Body): Workload {
    return workloadOf(body.name, {
      desired: body.desired,
      updated: body.pods.filter((pod) => pod.revision === body.template).length,
      ready: body.pods.filter((pod) => pod.isReady).length,
      total: body.pods.length,
      isPaused: body.isPaused,
      templateRevision: body.template,
      step: body.step,
      foreignManager: body.foreignManager,
    });
  }

  private podsOf(body: Body): Pod[] {
    return body.pods.map(({ revision, isReady }, index) => ({
      name: `${body.name}-${index}`,
      workload: `Deployment/${body.name}`,
      revision,
      isReady,
      readySince: undefined,
      refetchedAt: undefined,
      verification: isReady ? { state: 'Verified' } : { state: 'Unknown', message: 'no answer' },
      askedAt: undefined,
    }));
  }
}
