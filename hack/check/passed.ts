import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { run } from '../tools/run.ts';
import type { CheckStep } from './steps.ts';

/** A folder of this checkout's own, as the tools' caches name files by their paths. */
export function checkCache(): string {
  const directory = join(cacheDirectory(process.env), 'check', hash('sha256', process.cwd()).slice(0, 12));
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Digests of files by path. */
type FileDigests = ReadonlyMap<string, string>;

/** Those of the project; undefined without git, which knows which files belong to it. */
async function projectFiles(): Promise<FileDigests | undefined> {
  const command = ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'] as const;
  const list = await run(command, { timeoutSeconds: 30 }).catch(() => undefined);
  const paths = list?.split('\0').filter((path) => path !== '');
  return paths && new Map(paths.map((path) => [path, digestOf(path)]));
}

/** A file that was deleted and not yet committed is still listed. */
function digestOf(path: string): string {
  try {
    return hash('sha256', readFileSync(path));
  } catch {
    return '';
  }
}

/** Remembers which steps passed, and for which content, so that a step runs again only when its files changed. */
export class PassedSteps {
  readonly #file: string;
  readonly #digests: FileDigests | undefined;
  #passed: Record<string, string>;

  private constructor(cache: string, digests: FileDigests | undefined) {
    this.#file = join(cache, 'passed.json');
    this.#digests = digests;
    this.#passed = readPassed(this.#file);
  }

  static async load(cache: string, files = projectFiles): Promise<PassedSteps> {
    return new PassedSteps(cache, await files());
  }

  has(step: CheckStep): boolean {
    const key = this.#key(step);
    return key !== undefined && this.#passed[step.name] === key;
  }

  add(step: CheckStep): void {
    const key = this.#key(step);
    if (key === undefined) return;
    this.#passed = { ...this.#passed, [step.name]: key };
    writeFileSync(this.#file, JSON.stringify(this.#passed));
  }

  /** Of everything that decides the result: the command, the packages, this Node.js, the files. */
  #key({ command, reads }: CheckStep): string | undefined {
    if (!this.#digests) return undefined;
    const isRead = (path: string) =>
      path === 'package-lock.json' ||
      reads.some((prefix) => path === prefix || (/^$|\/$/.test(prefix) && path.startsWith(prefix)));
    const files = [...this.#digests].filter(([path]) => isRead(path));
    return hash('sha256', JSON.stringify([process.version, command, files]));
  }
}

function readPassed(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch {
    // Missing, or cut short by a run that was killed: nothing has passed.
    rmSync(file, { force: true });
    return {};
  }
}
