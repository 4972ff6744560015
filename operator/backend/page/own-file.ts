import { readFileSync } from 'node:fs';

/**
 * A file that lies beside the program's code.
 * @param path below `operator/`. The one-file program carries these files in itself: see hack/bundle.
 */
export function ownFile(path: string): Buffer {
  return readFileSync(new URL(`../../${path}`, import.meta.url));
}
