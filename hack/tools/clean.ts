import { globSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Something in the cache of tools. */
export interface CachedPart {
  readonly path: string;
  readonly bytes: number;
  /** This checkout looks for it there. */
  readonly isUsed: boolean;
}

/**
 * What the cache holds: each variant of each version of a tool, and what an interrupted run left in one.
 * @param used folders in which this checkout looks for its tools.
 */
export async function cachedParts(cache: string, used: ReadonlySet<string>): Promise<CachedPart[]> {
  const variants = globSync(join(cache, 'tools', '*', '*', '*'));
  const unfinished = globSync(join(cache, 'tools', '*', '*', '*', '.new-*'));
  return Promise.all(
    [...variants.filter((path) => !path.endsWith('.lock')), ...unfinished].map(async (path) => ({
      path,
      bytes: await bytesIn(path, unfinished),
      isUsed: used.has(path),
    })),
  );
}

export async function removeParts(parts: readonly CachedPart[]): Promise<void> {
  for (const { path } of parts) await rm(path, { recursive: true, force: true });
}

export function sizeText(parts: readonly CachedPart[]): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param others paths that are counted for themselves. */
async function bytesIn(path: string, others: readonly string[]): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.size;
  const inner = (await readdir(path)).map((name) => join(path, name)).filter((one) => !others.includes(one));
  const sizes = await Promise.all(inner.map((one) => bytesIn(one, others)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
