import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that a file imports, itself or through others, with itself. Paths as given: absolute. */
export function reachableFrom(file: string, known = new Map<string, readonly string[]>()): Set<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    const imports = known.get(next) ?? importsOf(next);
    known.set(next, imports);
    open.push(...imports);
  }
  return reached;
}

/** Type imports are erased and load nothing. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+\.ts)';/gms);
  return [...found].map(([, path = '']) => join(dirname(file), path)).filter((path) => existsSync(path));
}
