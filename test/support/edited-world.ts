import assert from 'node:assert/strict';
import type { Action } from '../../operator/api/actions.ts';
import { nameOf } from './model-modules.ts';
import { World } from './rollout-world.ts';

/** A world in which people edit labels as the operator advises. */
export class EditedWorld extends World {
  /** Somebody undoes a rollout by hand, and then runs the command in the operator's message. */
  undoAndPatch(index: number): void {
    const revision = [...this.revisions.values()].find((one) => nameOf(one) === this.module)?.id;
    this.with(index, (workload) => {
      workload.undo();
      workload.setTemplate(revision);
      workload.isLabelEdited = true;
    });
  }

  protected override execute(action: Action): void {
    super.execute(action);
    if (action.kind !== 'ReleaseLabel') return;
    const edited = this.workloads.find((one) => one.name === action.workload.name);
    assert.ok(edited?.isLabelEdited, 'only an edit is given up');
    edited.isLabelEdited = false;
  }
}
