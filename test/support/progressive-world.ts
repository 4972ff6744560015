import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import type { GateSamples } from '../../operator/api/gates.ts';
import { stableRevision } from '../../operator/api/stable-revision.ts';
import type { ModuleName } from './model-modules.ts';
import { World } from './rollout-world.ts';

const bakeSeconds = 10;
const tickSeconds = 5;
const canary = [
  { pods: 1, bake: `${bakeSeconds}s` },
  { pods: '50%', bake: `${bakeSeconds}s` },
];

export type Method = 'Restart' | 'Live';

/**
 * A world whose rollouts have two canary steps and a gate. It checks at every action that no more pods are switched than a step asks
 * for, and that no workload is updated before the canary ran the revision, with the gate passing, for as long as it was to: in each
 * rollout of a revision, also when an earlier one of it completed.
 */
export class ProgressiveWorld extends World {
  /** What the gate's server answers; undefined: nothing. */
  gateStatus: number | undefined = 200;
  /** Modules that the gate's server refuses, whatever else it answers. */
  readonly #refused: ReadonlySet<ModuleName>;
  readonly #method: Method;
  /** Revision → seconds for which the world saw it run in some pod while the gate passed. */
  readonly #observedSeconds = new Map<string, number>();
  readonly #promoted = new Set<string>();
  /** Of the operator that leads. */
  #measuredSince: string | undefined;

  constructor(
    sizes: readonly number[],
    {
      method = 'Restart',
      bad = [],
      refused = [],
    }: {
      readonly method?: Method;
      /** Modules whose pods do not become ready. */
      readonly bad?: readonly ModuleName[];
      readonly refused?: readonly ModuleName[];
    },
  ) {
    super(sizes, new Set(bad), {
      method,
      progressDeadline: '20s',
      canary,
      gates: [{ name: 'smoke', webhook: { url: 'http://checks.shop/verify' } }],
    });
    this.#refused = new Set(refused);
    this.#method = method;
  }

  /** One that is killed takes with it what it measured. */
  override reconcile(survives = Infinity): readonly Action[] {
    const done = super.reconcile(survives);
    if (survives !== Infinity) this.#forgetMeasurements();
    return done;
  }

  override lead(skewSeconds: number): void {
    super.lead(skewSeconds);
    this.#forgetMeasurements();
  }

  #forgetMeasurements(): void {
    this.question = undefined;
    this.#measuredSince = undefined;
  }

  override tick(): void {
    super.tick();
    for (const id of this.revisions.keys()) {
      const isRunning = this.#podsWith(id).some(({ isReady }) => isReady);
      if (isRunning && this.#answerFor(id) === 200) {
        this.#observedSeconds.set(id, (this.#observedSeconds.get(id) ?? 0) + tickSeconds);
      }
    }
  }

  killPod(which: number, index: number): void {
    this.with(which, (workload) => {
      workload.killPod(index);
    });
  }

  /** The user deploys: each pod is replaced by one of the same revision. */
  deploy(which: number): void {
    this.with(which, (workload) => {
      for (let index = 0; index < workload.pods.length; index++) workload.killPod(index);
    });
  }

  /** Somebody ends the waits of the present rollout, or of the one before. */
  promote(step: 'Canary 1 of 2' | 'Canary 2 of 2' | 'full', isLate: boolean): void {
    const ids = [...this.revisions.keys()];
    const id = ids.at(isLate ? -2 : -1);
    if (id === undefined) return;
    this.#promoted.add(id);
    this.requests = { ...this.requests, promote: `${id}/${step}` };
  }

  abort(): void {
    this.requests = { ...this.requests, abort: [...this.revisions.keys()].at(-1) };
  }

  /** Pods that run a revision which failed, and is the present one. */
  podsOnFailed(): number {
    const target = this.snapshot().agent.status.targetRevision;
    return [...this.failed].filter((id) => id === target).flatMap((id) => this.#podsWith(id)).length;
  }

  /** The method Live leaves templates alone: there, that of every pod. */
  override uniformModule(): ModuleName | null | undefined {
    if (this.#method === 'Restart') return super.uniformModule();
    assert.ok(
      this.workloads.every(({ template }) => template === undefined),
      'no template is changed',
    );
    const pods = this.workloads.flatMap((workload) => workload.pods);
    const [id, ...others] = new Set(pods.map(({ revision }) => revision));
    if (others.length > 0) return undefined;
    return id === undefined ? null : this.nameOfRevision(id);
  }

  protected override gateSamples(): GateSamples | undefined {
    if (this.question === undefined) return undefined;
    const { since, revision } = this.question;
    const status = this.#answerFor(revision);
    const sample = { kind: 'Webhook', at: this.leaderNow, problem: undefined, status } as const;
    this.#measuredSince ??= new Date(this.leaderNow).toISOString();
    return { since, measuredSince: this.#measuredSince, byGate: new Map([['smoke', sample]]) };
  }

  protected override execute(action: Action): void {
    if (action.kind === 'SetWorkloadRevision') this.#checkRestart(action.step.revision);
    super.execute(action);
    if (action.kind === 'LabelPods') this.#checkCanaries(action);
    if (action.kind === 'MarkStable') this.#forgetOthers(action.revisionId);
    // An attempt that was asked for begins from the first step.
    if (action.kind === 'ClearFailure') this.#observedSeconds.delete(action.revisionId);
    if (action.kind === 'AcknowledgePromotion') this.requests = { ...this.requests, promote: undefined };
    if (action.kind === 'AcknowledgeRetry') this.requests = { ...this.requests, abort: undefined };
  }

  #answerFor(id: string): number | undefined {
    const name = this.nameOfRevision(id);
    return name !== undefined && this.#refused.has(name) ? 403 : this.gateStatus;
  }

  #podsWith(id: string) {
    return this.workloads.flatMap(({ pods }) => pods.filter(({ revision }) => revision === id));
  }

  /** Rollouts of the others begin from their first step. */
  #forgetOthers(stable: string): void {
    const keep = this.#observedSeconds.get(stable) ?? 0;
    this.#observedSeconds.clear();
    this.#observedSeconds.set(stable, keep);
    this.#promoted.clear();
  }

  #isStable(id: string): boolean {
    return stableRevision([...this.revisions.values()])?.id === id;
  }

  #checkRestart(id: string | undefined): void {
    assert.equal(this.#method, 'Restart', 'the method Live restarts nothing');
    if (id === undefined || this.#isStable(id)) return;
    this.#checkPassed(id);
  }

  #checkPassed(id: string): void {
    if (this.#promoted.has(id)) return;
    const seconds = this.#observedSeconds.get(id) ?? 0;
    assert.ok(seconds >= 2 * bakeSeconds, `no update before the canary passed: ${seconds} s were observed`);
  }

  #checkCanaries({ revision }: Extract<Action, { kind: 'LabelPods' }>): void {
    if (revision === undefined || this.#isStable(revision)) return;
    const switched = this.#podsWith(revision).filter(({ template }) => template !== revision);
    const all = this.workloads.reduce((sum, { desired }) => sum + desired, 0);
    if (switched.length <= Math.max(1, Math.floor(all / 2))) return;
    assert.equal(this.#method, 'Live', 'never more canaries than asked for');
    this.#checkPassed(revision);
  }
}
