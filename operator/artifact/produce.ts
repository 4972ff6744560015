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
  const info = await inspectModule(bytes);
  if (source.digest !== undefined && source.digest !== info.digest) {
    throw new AgentError(
      'DigestMismatch',
      `the module has SHA-256 ${info.digest}, spec.filter.digest is ${source.digest}; correct the pin or the file`,
    );
  }
  return { bytes, ...info };
}
