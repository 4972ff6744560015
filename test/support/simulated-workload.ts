import assert from 'node:assert/strict';
import type { Pod } from '../../operator/api/pod.ts';
import type { OwnField, Workload, WorkloadStep } from '../../operator/api/workload.ts';
import type { Oddity } from '../../operator/workloads/kind.ts';
import { podOf, workloadOf } from './rollout.ts';

/** Kubernetes keeps some former templates of a workload. */
const formerTemplatesMax = 2;

interface SimulatedPod {
  readonly uid: string;
  /** Its label. */
  revision: string | undefined;
  /** What its template gave it. */
  readonly template: string | undefined;
  isReady: boolean;
}

/** A Deployment that replaces its pods one by one, as long as they get ready. */
export class SimulatedWorkload {
  readonly name: string;
  #desired: number;
  #generation = 1;
  step: WorkloadStep | undefined;
  foreignManager: string | undefined;
  /** What somebody edited, and nobody applies. */
  editedFields: readonly OwnField[] = [];
  #isPaused = false;
  /** Why the operator leaves it to its owner to restart it. */
  oddity: Oddity | undefined;
  /** Its pods do not get ready, whatever they run. */
  isSick = false;
  /** All its pods were ready at once since its last step. */
  hasArrived = true;
  /** Revision of each pod; it is ready unless its module is bad or it is new. */
  readonly pods: SimulatedPod[];
  #created = 0;
  #template: string | undefined;
  #restarts: { readonly revision: string | undefined; readonly at: number }[] = [];
  /** Its former templates, which a rollback of the user's may bring back with the step of that time. */
  #formerTemplates: Pick<SimulatedWorkload, 'template' | 'step'>[] = [];

  constructor(name: string, size: number) {
    this.name = name;
    this.#desired = size;
    this.pods = Array.from({ length: size }, () => ({ ...this.#newPod(), isReady: true }));
  }

  #newPod(): SimulatedPod {
    this.#created += 1;
    const template = this.#template;
    return { uid: `${this.name}-${this.#created}`, revision: template, template, isReady: false };
  }

  /** Somebody changes the label of running pods. */
  label(uids: ReadonlySet<string>, revision: string | undefined): void {
    for (const pod of this.pods) if (uids.has(pod.uid)) pod.revision = revision;
  }

  /** One of its pods dies, and another one takes its place. */
  killPod(index: number): void {
    if (this.pods.length > 0) this.pods.splice(index % this.pods.length, 1, this.#newPod());
  }

  get desired(): number {
    return this.#desired;
  }

  set desired(desired: number) {
    if (desired !== this.#desired) this.#generation += 1;
    this.#desired = desired;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  set isPaused(isPaused: boolean) {
    if (isPaused !== this.#isPaused) this.#generation += 1;
    this.#isPaused = isPaused;
  }

  get template(): string | undefined {
    return this.#template;
  }

  setTemplate(revision: string | undefined): void {
    if (this.#template === revision) return;
    const former = { template: this.#template, step: this.step };
    this.#formerTemplates = [former, ...this.#formerTemplates].slice(0, formerTemplatesMax);
    this.#template = revision;
    this.#generation += 1;
  }

  undo(): void {
    this.setTemplate(this.#formerTemplates[0]?.template);
  }

  /** As kubectl does it: the Deployment's annotations come back with the template, and belong to kubectl. */
  undoWithAnnotations(): void {
    const [former] = this.#formerTemplates;
    this.undo();
    this.step = former?.step;
    this.editedFields = ['RevisionLabel', 'StepAnnotation'];
  }

  /** Its object is replaced by one that the operator has not touched. */
  replace(): void {
    this.setTemplate(undefined);
    this.step = undefined;
  }

  /** The operator restarts a workload into the same revision a few times at most, whatever others do to it. */
  countRestart(revision: string | undefined, now: number): void {
    const [last] = this.#restarts.slice(-1);
    if (last?.revision !== revision) this.#restarts = [];
    this.#restarts.push({ revision, at: now });
    const recent = this.#restarts.filter(({ at }) => now - at < 3_600_000);
    assert.ok(recent.length <= 3, `${this.name} is restarted again and again`);
  }

  names(revision: string): boolean {
    const former = this.#formerTemplates.map(({ template }) => template);
    return [this.#template, ...former, ...this.pods.map((pod) => pod.revision)].includes(revision);
  }

  isRolledOut(): boolean {
    return (
      this.pods.length === this.desired &&
      this.pods.every((pod) => pod.isReady && pod.template === this.#template)
    );
  }

  /** As a Deployment with maxUnavailable 1: the next old pod is replaced when all others are ready. */
  roll(isBad: (revision: string | undefined) => boolean): void {
    const { pods } = this;
    for (const pod of pods) pod.isReady = !this.isSick && !isBad(pod.revision);
    if (pods.length > this.desired) pods.length = this.desired;
    while (pods.length < this.desired) pods.push(this.#newPod());
    const old = pods.filter((pod) => pod.template !== this.#template);
    // A pod that is not ready is replaced first, whatever the others are.
    const next = old.find((pod) => !pod.isReady) ?? (pods.every((pod) => pod.isReady) ? old[0] : undefined);
    if (next !== undefined && !this.isPaused) pods.splice(pods.indexOf(next), 1, this.#newPod());
    if (this.isRolledOut()) this.hasArrived = true;
  }

  observed(): Workload {
    return workloadOf(this.name, {
      generation: this.#generation,
      desired: this.desired,
      updated: this.pods.filter((pod) => pod.template === this.#template).length,
      ready: this.pods.filter((pod) => pod.isReady).length,
      total: this.pods.length,
      isPaused: this.isPaused,
      oddity: this.oddity,
      templateRevision: this.#template,
      step: this.step,
      foreignManager:
        this.foreignManager ?? (this.editedFields.includes('RevisionLabel') ? 'kubectl-patch' : undefined),
      editedFields: this.editedFields,
      retainedRevisions: this.#formerTemplates.flatMap(({ template }) => template ?? []),
    });
  }

  observedPods(): Pod[] {
    return this.pods.map(({ uid, revision, template, isReady }) =>
      podOf(uid, {
        uid,
        workload: `Deployment/${this.name}`,
        revision,
        templateRevision: template,
        isReady,
        verification: isReady ? { state: 'Verified' } : { state: 'Unknown', message: 'no answer' },
      }),
    );
  }
}
