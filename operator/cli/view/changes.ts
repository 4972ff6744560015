import { createTwoFilesPatch } from 'diff';
import { isObject } from '../../api/json.ts';
import type { Revision } from '../../api/revision.ts';
import type { SpAgentSpec } from '../../api/schema.ts';

/** A text to compare, and what it is. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The lines that differ, as `diff -u` shows them; empty if none does. */
export function unifiedDiff(before: NamedText, after: NamedText): string {
  if (before.text === after.text) return '';
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text, '', '', { context: 3 });
  // The library puts a ruler above the names.
  return patch.replace(/^=+\n/, '').replaceAll(/^(---|\+\+\+) (.*)\t$/gm, '$1 $2');
}

/** Paths of the fields that differ between two plain values, such as `spec.capture.rules`; lists are compared as one. */
export function changedFields(before: unknown, after: unknown, path: string): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changedFields(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

const fieldsMax = 4;

/** What made a revision another one than the revision before it, in a few words. */
export function revisionChange(
  before: Pick<Revision, 'data'> & { readonly agentSpec: SpAgentSpec | undefined },
  after: typeof before,
): string {
  const specFields =
    before.agentSpec && after.agentSpec ? changedFields(before.agentSpec, after.agentSpec, '') : [];
  const isOtherModule = before.data.digest !== after.data.digest;
  const fields =
    specFields.length > 0
      ? specFields
      : changedFields({ ...before.data, digest: '' }, { ...after.data, digest: '' }, '');
  const shown = [...(isOtherModule ? ['module'] : []), ...fields.slice(0, fieldsMax)];
  const more = fields.length > fieldsMax ? [`${fields.length - fieldsMax} more`] : [];
  return [...shown, ...more].join(', ');
}
