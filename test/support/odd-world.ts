import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import type { Oddity } from '../../operator/workloads/kind.ts';
import { World } from './rollout-world.ts';

/** A world in which owners make workloads that the operator is not to restart by itself. */
export class OddWorld extends World {
  makeOdd(index: number, oddity: Oddity): void {
    this.with(index, (workload) => (workload.oddity = oddity));
  }

  override calm(): void {
    super.calm();
    for (const workload of this.workloads) workload.oddity = undefined;
  }

  protected override execute(action: Action): void {
    if (action.kind === 'SetWorkloadRevision') this.#assertMayRestart(action);
    super.execute(action);
  }

  /** Whatever speaks against a restart: no workload stays on a failed revision. */
  #assertMayRestart({ workload: { name }, step }: Extract<Action, { kind: 'SetWorkloadRevision' }>): void {
    const workload = this.workloads.find((one) => one.name === name);
    const isTarget = step.revision !== undefined && this.nameOfRevision(step.revision) === this.module;
    const isTakenBack = workload?.template !== undefined && !isTarget;
    assert.ok(workload?.oddity === undefined || isTakenBack, 'an odd workload is taken back alone');
  }
}
