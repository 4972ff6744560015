import { messageOf } from '../../operator/api/errors.ts';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { useCache } from './cache-use.ts';
import { catalog, type ToolName } from './catalog.ts';
import { findTool, provision, type ProvisionedTool } from './provision.ts';

const provisioned = new Map<ToolName, Promise<ProvisionedTool>>();
let using: Promise<void> | undefined;
let previous: Promise<unknown> = Promise.resolve();

/** Until this process ends, what it was given stays where it is. */
function usesCache(): Promise<void> {
  using ??= useCache(cacheDirectory(process.env));
  return using;
}

/** Finds or makes a tool, once per process. */
export function provisionTool(name: ToolName): Promise<ProvisionedTool> {
  const known = provisioned.get(name);
  if (known) return known;
  // One after the other: a build uses all cores, and one progress line is all that a terminal shows well.
  const result = previous.then(async () => {
    await usesCache();
    return await provision(catalog[name]);
  });
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

/** Those that are not there yet, so that `ensureTools` would download or build them. */
export async function missingTools(names: readonly ToolName[]): Promise<ToolName[]> {
  const found = await Promise.all(names.map((name) => findTool(catalog[name])));
  return names.filter((_, index) => found[index] === undefined);
}

/** How long builds of these tools take from source on two cores: what a machine waits that no release can reach. */
export function buildSeconds(names: readonly ToolName[]): number {
  return names.reduce((sum, name) => sum + (catalog[name].goBuild?.coldSeconds ?? 0), 0);
}
