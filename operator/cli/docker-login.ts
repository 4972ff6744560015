import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { credentialsFor, type Credentials } from '../artifact/oci/credentials.ts';
import type { ImageReference } from '../artifact/oci/reference.ts';
import { Failure } from './failure.ts';

/** The login that `docker login` or `oras login` wrote to a file; undefined if there is none for this registry. */
export async function dockerLogin(
  reference: ImageReference,
  environment: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  const directory = environment['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const file = join(directory, 'config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return credentialsFor(text, reference);
  } catch {
    // The cause may quote the login.
    throw new Failure(`${file}: it is not a configuration of Docker; write it with docker login`);
  }
}
