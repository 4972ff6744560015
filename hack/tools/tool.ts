import { messageOf } from '../../operator/api/errors.ts';
import { catalog, type ToolName } from './catalog.ts';
import { provision, type ProvisionedTool } from './provision.ts';

const provisioned = new Map<ToolName, Promise<ProvisionedTool>>();
let previous: Promise<unknown> = Promise.resolve();

/** Finds or makes a tool, once per process. */
export function provisionTool(name: ToolName): Promise<ProvisionedTool> {
  const known = provisioned.get(name);
  if (known) return known;
  // One after the other: a build uses all cores, and one progress line is all that a terminal shows well.
  const result = previous.then(() => provision(catalog[name]));
  previous = result.catch(() => undefined);
  provisioned.set(name, result);
  return result;
}

/** The absolute path of a tool's executable. */
export async function tool(name: ToolName): Promise<string> {
  return (await provisionTool(name)).path;
}

/** Provisions several tools, and fails with everything that is missing rather than with the first. */
export async function ensureTools(names: readonly ToolName[]): Promise<void> {
  const results = await Promise.allSettled(names.map(provisionTool));
  const failures = results.filter((result) => result.status === 'rejected');
  if (failures.length === 0) return;
  const messages = failures.map(({ reason }) => messageOf(reason));
  throw new Error(messages.join('\n\n'));
}
