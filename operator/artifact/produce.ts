import { createHash } from 'node:crypto';
import { AgentError } from '../api/errors.ts';
import { compile } from './compiler/compile.ts';
import { fetchModule, type FetchOptions } from './sources/fetch.ts';
import { inspectModule, type ModuleInfo } from './check/inspect.ts';
import type { ArtifactSource } from './sources/source.ts';

export interface ProducedModule extends ModuleInfo {
  readonly bytes: Uint8Array;
}

/**
 * Builds or fetches a module and checks it: what comes back can be stored and served.
 *
 * @throws {AgentError} with any reason of FilterReady
 */
export async function produceModule(source: ArtifactSource, options: FetchOptions): Promise<ProducedModule> {
  if (source.kind !== 'url') {
    const bytes = await compile(source);
    return { bytes, ...(await inspectModule(bytes)) };
  }
  const bytes = await fetchModule(source, options);
  // Before anything reads the bytes: whoever can change them on the way must not reach the inspection.
  if (source.digest !== undefined) requireDigest(bytes, source.digest);
  return { bytes, ...(await inspectModule(bytes)) };
}

function requireDigest(bytes: Uint8Array, pinned: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === pinned) return;
  throw new AgentError(
    'DigestMismatch',
    `the module has SHA-256 ${actual}, spec.filter.digest is ${pinned}; correct the pin or the file`,
  );
}
