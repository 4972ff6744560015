import { readFile } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { messageOf } from '../api/errors.ts';
import { UsageFailure } from './failure.ts';

/** The bytes of what `--module` names. */
export async function readModule(file: string): Promise<Uint8Array> {
  return withGivenFile(`--module ${file}`, () => readFile(file), 'spagent build makes a module');
}

/**
 * Does something with a file that the user named.
 * @param given flag and file.
 * @throws {UsageFailure} that names them, why it cannot be done, and what to do.
 */
export async function withGivenFile<Result>(
  given: string,
  attempt: () => Promise<Result>,
  remedy: string,
): Promise<Result> {
  try {
    return await attempt();
  } catch (cause) {
    throw new UsageFailure(`${given}: ${reasonOf(cause)}; ${remedy}`, { cause });
  }
}

/** `no such file or directory`, without the code and the call that Node.js puts around it. */
function reasonOf(cause: unknown): string {
  const { errno } = cause as NodeJS.ErrnoException;
  return errno === undefined ? messageOf(cause) : getSystemErrorMessage(errno);
}
