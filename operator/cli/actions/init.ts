import { mkdir, readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UsageFailure } from '../failure.ts';
import { projectFiles, writeProject } from '../project/project-files.ts';
import type { Template } from '../project/templates.ts';
import type { Terminal } from '../terminal.ts';

interface InitOptions {
  readonly template: Template;
}

export async function run(terminal: Terminal, directory: string, { template }: InitOptions): Promise<void> {
  const name = basename(resolve(directory));
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    throw new UsageFailure(
      `${directory}: name the folder with lower case letters, digits and -, such as my-filter`,
    );
  }
  await requireEmpty(directory);
  await writeProject(directory, await projectFiles(name, template));
  terminal.note(
    [
      `${directory}: a filter from the template "${template}"`,
      'Next: run it in a local Envoy in front of a server of yours; each save of a file reloads it:',
      `  spagent dev ${directory} --upstream http://127.0.0.1:8080`,
      'or build the module:',
      `  spagent build --source ${directory} -f ${name}.wasm`,
      '',
    ].join('\n'),
  );
}

/** Makes the folder, and keeps one that has something in it. */
async function requireEmpty(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0) {
    throw new UsageFailure(`${directory}: is not empty; name a new folder`);
  }
}
