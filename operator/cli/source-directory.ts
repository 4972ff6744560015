import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGivenFile } from './given-file.ts';

/** Folders that hold no source: what begins with a dot, and these. */
const otherFolders = new Set(['node_modules', 'build']);

/**
 * The source of a custom filter in a folder: names as the keys of a ConfigMap, which knows no folders, so that `__` stands for `/`.
 * @param flag that named the folder, for the message where it cannot be read.
 */
export async function readSource(directory: string, flag: string): Promise<Record<string, string>> {
  const found = await withGivenFile(
    `${flag} ${directory}`,
    () => readdir(directory, { recursive: true }),
    'give a directory with index.ts',
  );
  const files = await Promise.all(
    found
      .filter(isSource)
      .map(async (path) => [path.replaceAll(/[\\/]/g, '__'), await readFile(join(directory, path), 'utf8')]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

/** Whether a file below the folder belongs to the source. */
export function isSource(path: string): boolean {
  const parts = path.split(/[\\/]/);
  return path.endsWith('.ts') && parts.every((part) => !part.startsWith('.') && !otherFolders.has(part));
}
