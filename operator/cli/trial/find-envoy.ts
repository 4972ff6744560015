import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Failure } from '../failure.ts';

/** Path of the Envoy to use: the given one, else the first in PATH. */
export async function findEnvoy(given: string | undefined): Promise<string> {
  if (given !== undefined) {
    if (await isExecutable(given)) return given;
    throw new Failure(`--envoy ${given}: not an executable file`);
  }
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(directory, 'envoy');
    if (directory !== '' && (await isExecutable(candidate))) return candidate;
  }
  throw new Failure(
    'no envoy in PATH: install one (https://www.envoyproxy.io/docs/envoy/latest/start/install), or give --envoy FILE',
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
