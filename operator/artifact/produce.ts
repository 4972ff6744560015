import { AgentError } from '../api/errors.ts';
import { compile } from './compile.ts';
import { fetchModule, type FetchOptions } from './fetch.ts';
import { inspectModule, type ModuleInfo } from './inspect.ts';
import type { ArtifactSource } from './source.ts';

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
  if (source.sha256 !== undefined && source.sha256 !== info.digest) {
    throw new AgentError(
      'DigestMismatch',
      `the module has SHA-256 ${info.digest}, spec.filter.sha256 is ${source.sha256}; correct the pin or the file`,
    );
  }
  return { bytes, ...info };
}
