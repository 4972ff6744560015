import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import type { GateQuestion, GateSamples } from '../../operator/api/gates.ts';
import { finalizer, resourceRevisionLabel } from '../../operator/api/names.ts';
import type { OwnedResource } from '../../operator/api/resource.ts';
import type { Revision } from '../../operator/api/revision.ts';
import type { SpAgentStatus } from '../../operator/api/status-schema.ts';
import type { ConfigurationVerdict, Snapshot } from '../../operator/api/snapshot.ts';
import { durationSeconds } from '../../operator/api/units.ts';
import type { WorkloadStep } from '../../operator/api/workload.ts';
import { decide } from '../../operator/decide/decide.ts';
import { artifact } from './agent.ts';
import { digestOf, modelAgents, nameOf, type ModuleName } from './model-modules.ts';
import { identity, snapshotOf, start } from './rollout.ts';
import { SimulatedWorkload } from './simulated-workload.ts';

/**
 * A small world for the model test: workloads that roll pod by pod, stall where a module is bad, and other hands on everything.
 * It executes what `decide` asks for, and checks the rules that must hold at every action.
 */

export class World {
  protected now = start;
  /** How far the leader's clock is ahead. Milliseconds. */
  private skew = 0;
  private generation = 1;
  protected module: ModuleName = 'a';
  private paused = false;
  private isBuilt = true;
  private finalizers: readonly string[] = [];
  private status: SpAgentStatus = {};
  protected readonly workloads: SimulatedWorkload[];
  protected readonly revisions = new Map<string, Revision>();
  private readonly resources = new Map<string, OwnedResource>();
  private readonly configurations = new Map<string, ConfigurationVerdict>();
  protected requests = identity.requests;
  protected retryRequest: string | undefined;
  protected readonly failed = new Set<string>();
  protected question: GateQuestion | undefined;
  private readonly bad: ReadonlySet<ModuleName>;

  private readonly deadlineSeconds: number;
  private readonly agents: ReturnType<typeof modelAgents>;

  constructor(sizes: readonly number[], bad: ReadonlySet<ModuleName>, rollout: object = {}) {
    this.bad = bad;
    this.agents = modelAgents(rollout);
    this.deadlineSeconds = durationSeconds(this.agents.running.spec.rollout.progressDeadline);
    this.workloads = sizes.map((size, index) => new SimulatedWorkload(`w${index}`, size));
  }

  /** The spec asks for another module. It takes a moment to build. */
  wantModule(name: ModuleName): void {
    this.module = name;
    this.isBuilt = false;
    this.generation += 1;
  }

  setPaused(paused: boolean): void {
    if (this.paused === paused) return;
    this.paused = paused;
    this.generation += 1;
  }

  scale(index: number, desired: number): void {
    this.with(index, (workload) => (workload.desired = desired));
  }

  remove(index: number): void {
    if (this.workloads.length > 1) this.workloads.splice(index % this.workloads.length, 1);
  }

  pauseWorkload(index: number): void {
    this.with(index, (workload) => (workload.isPaused = true));
  }

  sicken(index: number): void {
    this.with(index, (workload) => (workload.isSick = true));
  }

  /** Another leader, whose clock is so far ahead. */
  lead(skewSeconds: number): void {
    this.skew = skewSeconds * 1000;
  }

  takeOver(index: number, name: ModuleName | undefined): void {
    const revision = [...this.revisions.values()].find((one) => nameOf(one) === name)?.id;
    this.with(index, (workload) => {
      workload.foreignManager = 'argocd';
      workload.setTemplate(revision);
    });
  }

  /** Somebody edits a plug-in, or deletes it. */
  spoilResource(index: number, isDeleted: boolean): void {
    const [key, resource] = [...this.resources][index % Math.max(1, this.resources.size)] ?? [];
    if (key === undefined || resource === undefined) return;
    if (isDeleted) this.resources.delete(key);
    else this.resources.set(key, { ...resource, spec: { edited: true } });
  }

  /** Somebody asks to try the present module again. */
  retry(): void {
    this.retryRequest = [...this.revisions.values()].find((one) => nameOf(one) === this.module)?.id;
  }

  /** A tool puts a former template back, as `kubectl rollout undo` does. */
  undo(index: number): void {
    this.with(index, (workload) => workload.undo());
  }

  /** A controller replaces the object: label and annotation are gone. */
  replace(index: number): void {
    this.with(index, (workload) => workload.replace());
  }

  /** An hour in which nothing happens. */
  rest(): void {
    this.now += 3_600_000;
  }

  /** Every other hand lets go, and what it left is put right. */
  calm(): void {
    this.setPaused(false);
    this.skew = 0;
    for (const workload of this.workloads) {
      workload.isPaused = false;
      workload.isSick = false;
      if (workload.foreignManager !== undefined) workload.step = undefined;
      workload.foreignManager = undefined;
    }
  }

  /**
   * One run as `reconcileAgent` has it; the operator is killed after `survives` actions.
   * @returns what was done, but for events.
   */
  reconcile(survives = Infinity): readonly Action[] {
    const { actions, status, question, nextLook } = decide(this.snapshot());
    this.question = question;
    const all = actions.flat();
    for (const action of all.slice(0, survives)) this.execute(action);
    if (all.length > survives) return all;
    this.status = status ?? this.status;
    const done = all.filter(({ kind }) => kind !== 'Event');
    return nextLook === 0 ? [...done, ...this.reconcile()] : done;
  }

  /** Five seconds; every workload replaces or adds one pod. */
  tick(): void {
    this.now += 5000;
    this.isBuilt = true;
    for (const workload of this.workloads) workload.roll((revision) => this.isBad(revision));
  }

  snapshot(): Snapshot {
    const snapshot = snapshotOf({
      now: this.leaderNow,
      agent: this.paused ? this.agents.paused : this.agents.running,
      artifact: this.isBuilt
        ? { state: 'Ready', artifact: { ...artifact, digest: digestOf(this.module) } }
        : { state: 'Pending' },
      configurations: this.configurations,
      revisions: [...this.revisions.values()],
      workloads: this.workloads.map((workload) => workload.observed()),
      pods: this.workloads.flatMap((workload) => workload.observedPods()),
      owned: [...this.resources.values()],
      redactionKey: { state: 'NotWanted' },
      gateSamples: this.gateSamples(),
      verification: 'Required',
    });
    return {
      ...snapshot,
      identity: {
        ...snapshot.identity,
        generation: this.generation,
        finalizers: this.finalizers,
        retry: this.retryRequest,
        requests: this.requests,
      },
      agent: { ...snapshot.agent, generation: this.generation, status: this.status },
    };
  }

  /** The module that every workload and every pod has; null: none has one; undefined: they differ. */
  uniformModule(): ModuleName | null | undefined {
    const seen = new Set(
      this.workloads.flatMap((workload) => [workload.template, ...workload.pods.map((pod) => pod.revision)]),
    );
    if (seen.size !== 1) return undefined;
    const [id] = seen;
    return id === undefined ? null : this.nameOfRevision(id);
  }

  /** What the gates measured for the question of the last run. */
  protected gateSamples(): GateSamples | undefined {
    return undefined;
  }

  /** What is in the cluster for the agent, in order. */
  objects(): string[] {
    return [...this.resources.keys(), ...this.revisions.keys()].sort();
  }

  protected execute(action: Action): void {
    switch (action.kind) {
      case 'ClearFailure':
        this.failed.delete(action.revisionId);
        return this.change(action.revisionId, { failure: undefined, memory: action.memory });
      case 'AcknowledgeRetry':
        this.retryRequest = undefined;
        return;
      case 'Remember':
        return this.change(action.revisionId, { memory: action.memory });
      case 'SetFinalizers':
        this.finalizers = action.finalizers;
        return;
      case 'CheckConfiguration':
        return void this.configurations.set(action.revision.id, { state: 'Accepted' });
      case 'CreateRevision':
        assert.ok(this.finalizers.includes(finalizer), 'nothing is made without the finalizer');
        assert.ok(this.configurations.has(action.revision.id), 'the filter was asked first');
        this.revisions.set(action.revision.id, action.revision);
        return;
      case 'DeleteRevision':
        assert.ok(!this.isInUse(action.revisionId), 'a revision in use is kept');
        this.revisions.delete(action.revisionId);
        return;
      case 'Apply': {
        const { kind, metadata, spec } = action.resource;
        const { name, labels, ownerReferences } = metadata;
        const written = JSON.parse(JSON.stringify(spec)) as unknown;
        this.resources.set(`${kind}/${name}`, { kind, name, labels, ownerReferences, spec: written });
        return;
      }
      case 'Prune': {
        const key = `${action.resource.kind}/${action.resource.name}`;
        const id = this.resources.get(key)?.labels[resourceRevisionLabel];
        assert.ok(id === undefined || !this.isInUse(id), 'the resources of a revision in use are kept');
        this.resources.delete(key);
        return;
      }
      case 'SetWorkloadRevision':
        return this.setRevision(action.workload.name, action.step);
      case 'MarkStable':
        for (const { stableSince = '' } of this.revisions.values()) assert.ok(action.since > stableSince);
        return this.change(action.revisionId, { stableSince: action.since });
      case 'MarkFailed':
        this.failed.add(action.revisionId);
        return this.change(action.revisionId, { failure: action.failure });
      case 'LabelPods':
        return this.label(action);
      case 'AcknowledgePromotion':
      case 'AdoptEdits':
      case 'Event':
      case 'RefetchModule':
        return;
    }
  }

  private label({ pods, revision }: Extract<Action, { kind: 'LabelPods' }>): void {
    assert.ok(!this.failed.has(revision ?? ''), 'no pod is switched to a failed revision');
    for (const workload of this.workloads) workload.label(new Set(pods.map(({ uid }) => uid)), revision);
  }

  private setRevision(name: string, step: WorkloadStep): void {
    const workload = this.workloads.find((one) => one.name === name);
    assert.ok(workload);
    assert.equal(workload.foreignManager, undefined, 'another manager is not overruled');
    for (const { step: other } of this.workloads)
      assert.ok(step.since > (other?.since ?? ''), 'the latest step');
    assert.ok(!workload.isPaused, 'a paused workload is not updated');
    workload.countRestart(step.revision, this.now);
    assert.ok(!this.paused, 'no step while paused');
    const isTarget = step.revision !== undefined && this.nameOfRevision(step.revision) === this.module;
    const others = this.workloads
      .filter(
        (one) =>
          one !== workload && !one.hasArrived && one.step !== undefined && one.foreignManager === undefined,
      )
      .filter((one) => !one.isPaused && one.template === one.step?.revision)
      .filter((one) => isTarget || !this.isGivenUp(one));
    assert.deepEqual(
      others.map((one) => one.name),
      [],
      'never two workloads in motion',
    );
    if (step.revision !== undefined) {
      const { revision } = step;
      const resources = [...this.resources.values()].map(({ labels }) => labels[resourceRevisionLabel]);
      assert.ok(resources.includes(revision), 'the resource exists before a label names it');
      assert.ok(!this.failed.has(revision), 'a failed revision is not tried again unasked');
    }
    workload.setTemplate(step.revision);
    workload.step = step;
    workload.hasArrived = workload.isRolledOut();
  }

  /** In a rollback the others do not wait for it. */
  private isGivenUp({ step }: SimulatedWorkload): boolean {
    return Date.parse(step?.since ?? '') + this.deadlineSeconds * 1000 <= this.leaderNow;
  }

  protected get leaderNow(): number {
    return this.now + this.skew;
  }

  private isInUse(id: string): boolean {
    return this.workloads.some((workload) => workload.names(id));
  }

  private change(id: string, parts: Partial<Revision>): void {
    const revision = this.revisions.get(id);
    assert.ok(revision);
    this.revisions.set(id, { ...revision, ...parts });
  }

  protected with(index: number, change: (workload: SimulatedWorkload) => void): void {
    const workload = this.workloads[index % this.workloads.length];
    if (workload !== undefined) change(workload);
  }

  protected nameOfRevision(id: string): ModuleName | undefined {
    const revision = this.revisions.get(id);
    return revision && nameOf(revision);
  }

  private isBad(revision: string | undefined): boolean {
    const name = revision === undefined ? undefined : this.nameOfRevision(revision);
    return name !== undefined && this.bad.has(name);
  }
}
