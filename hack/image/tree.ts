import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ImageEntry } from './archive.ts';

/** Writes the files of an image into a folder, which becomes its root. Everything belongs to the user of this process. */
export async function writeTree(directory: string, entries: readonly ImageEntry[]): Promise<void> {
  for (const entry of entries) {
    const path = join(directory, entry.path);
    await mkdir('directory' in entry ? path : dirname(path), { recursive: true });
    if ('link' in entry) {
      await symlink(entry.link, path);
      continue;
    }
    if ('file' in entry) await copyFile(entry.file, path);
    else if ('content' in entry) await writeFile(path, entry.content);
    const mode = entry.mode ?? ('content' in entry ? 0o644 : undefined);
    if (mode !== undefined) await chmod(path, mode);
  }
}
