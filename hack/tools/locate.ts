import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';
import type { ToolSpec } from './spec.ts';

/** The environment variable that names a tool's executable: `SP_AGENT_KUBE_APISERVER`. */
export function environmentVariable(name: string): string {
  return `SP_AGENT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether what a tool prints about itself contains this release, and not 1.36.30 or a release candidate. */
export function namesVersion(output: string, version: string): boolean {
  const number = version.replace(/^v/, '').replaceAll('.', String.raw`\.`);
  return new RegExp(`(?<![\\d.])${number}(?!\\d|\\.\\d|-)`).test(output);
}

/** The executable that the user has named, unchecked but for being there. */
export async function fromEnvironment(
  spec: ToolSpec,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const variable = environmentVariable(spec.name);
  const path = environment[variable];
  if (!path) return undefined;
  if (await isExecutable(path)) return path;
  throw new Error(`${variable}=${path}: no such executable; correct the path or unset the variable`);
}

/** The first executable of the right version on PATH. */
export async function fromPath(spec: ToolSpec, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!spec.versionArguments) return undefined;
  for (const directory of (environment['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(directory, spec.executable);
    if (!(await isExecutable(path))) continue;
    const output = await run([path, ...spec.versionArguments], { environment, timeoutSeconds: 10 }).catch(
      () => '',
    );
    if (namesVersion(output, spec.version)) return path;
  }
  return undefined;
}
