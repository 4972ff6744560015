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
      workload.undoWithAnnotations();
      workload.setTemplate(revision);
    });
  }

  protected override execute(action: Action): void {
    super.execute(action);
    if (action.kind === 'SetWorkloadRevision') {
      const step = this.workloads.find((one) => one.name === action.workload.name);
      assert.deepEqual(step?.editedFields, [], 'no conflict with an edit');
    }
    if (action.kind !== 'AdoptEdits') return;
    const edited = this.workloads.find((one) => one.name === action.workload.name);
    assert.ok(edited);
    for (const field of action.fields)
      assert.ok(edited.editedFields.includes(field), 'only edits are adopted');
    edited.editedFields = edited.editedFields.filter((field) => !action.fields.includes(field));
  }
}
