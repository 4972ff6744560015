import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryFiles } from '../../artifact/compiler/job.ts';
import { requirePackageFiles } from '../package-files.ts';
import type { Template } from './templates.ts';

/** What every project has, whatever its template. */
const common = 'common';
const templatesDirectory = fileURLToPath(new URL('../../../filter/templates/', import.meta.url));

/** Where editors and a plain `asc` find what `spagent build` brings itself. */
const editorDirectory = '.spagent';

/** Path → text. */
type Files = Readonly<Record<string, string>>;

/**
 * The files of a new filter.
 * @param name of the project, which stands for `my-filter` in the template.
 */
export async function projectFiles(name: string, template: Template): Promise<Files> {
  requirePackageFiles();
  const files = { ...(await readFolder(common)), ...(await readFolder(template)) };
  const named = Object.entries(files).map(([path, text]) => [
    // npm leaves out a file of the name .gitignore.
    path === 'gitignore' ? '.gitignore' : path,
    text.replaceAll('my-filter', name).replaceAll('my_filter', name.replaceAll('-', '_')),
  ]);
  return { ...(Object.fromEntries(named) as Files), ...(await editorFiles()) };
}

export async function writeProject(directory: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

async function readFolder(name: string): Promise<Files> {
  const directory = join(templatesDirectory, name);
  const names = await readdir(directory);
  const texts = names.map(async (file) => [file, await readFile(join(directory, file), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts)) as Files;
}

/** The libraries' sources, and the types of AssemblyScript. */
async function editorFiles(): Promise<Files> {
  const types = createRequire(import.meta.url).resolve('assemblyscript/std/assembly/index.d.ts');
  const libraries = Object.entries(await libraryFiles()).map(([path, text]) => [
    path.replace(/^\.lib\//, `${editorDirectory}/lib/`),
    text,
  ]);
  return {
    [`${editorDirectory}/assembly.d.ts`]: await readFile(types, 'utf8'),
    ...(Object.fromEntries(libraries) as Files),
  };
}
