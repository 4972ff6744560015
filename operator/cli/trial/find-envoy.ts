import { constants, globSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../cache-directory.ts';
import { Failure } from '../failure.ts';

/** Path of the Envoy to use: the given one, else the first in PATH, else the one that `npm run tools` provisioned. */
export async function findEnvoy(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (await isExecutable(given)) return given;
    throw new Failure(`--envoy ${given}: not an executable file`);
  }
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(directory, 'envoy');
    if (directory !== '' && (await isExecutable(candidate))) return candidate;
  }
  const provisioned = globSync(join(cacheDirectory(process.env), 'tools', 'envoy', '*', '*', 'envoy'));
  const newest = provisioned.sort().at(-1);
  if (newest !== undefined) return newest;
  throw new Failure(
    'no envoy in PATH: run npm run tools in the checkout, or give --envoy FILE (https://www.envoyproxy.io/docs/envoy/latest/start/install)',
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
