import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = join(import.meta.dirname, '..', '..', 'operator', 'cli', 'main.ts');

/** Runs before the program, and writes the URL of each module that is loaded. */
const recorder = `
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.LOADED_MODULES, url + '\\n');
    return nextLoad(url, context);
  },
});`;

/** URLs of all modules that a spagent command line loads in its own process, whether it succeeds or not. */
export async function loadedModules(...words: string[]): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'loaded-modules-'));
  try {
    const list = join(directory, 'list');
    const recorderUrl = `data:text/javascript,${encodeURIComponent(recorder)}`;
    await promisify(execFile)(process.execPath, ['--import', recorderUrl, program, ...words], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory, LOADED_MODULES: list },
    }).catch(() => undefined);
    return (await readFile(list, 'utf8')).trim().split('\n');
  } finally {
    await rm(directory, { recursive: true });
  }
}
