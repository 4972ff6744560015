import { hash } from 'node:crypto';
import { AgentError } from '../api/errors.ts';
import { compile } from './compiler/compile.ts';
import type { CompileJob } from './compiler/job.ts';
import { checkModule } from './check/check-module.ts';
import type { ProducedModule } from './check/inspect.ts';

/** Builds a module and checks it. @throws {AgentError} */
export async function produce(job: CompileJob): Promise<ProducedModule> {
  return checked(await compile(job));
}

/**
 * Checks a module that came from elsewhere: what comes back can be stored and served.
 * @param pin its SHA-256, which is compared before anything else is done with the bytes.
 * @throws {AgentError} DigestMismatch, NotWasm, NoProxyWasmAbi, UnknownImport
 */
export async function checked(bytes: Uint8Array, pin?: string): Promise<ProducedModule> {
  const digest = hash('sha256', bytes);
  if (pin !== undefined && pin !== digest) {
    throw new AgentError(
      'DigestMismatch',
      `the module has SHA-256 ${digest}, spec.filter.digest is ${pin}; correct the pin or the file`,
    );
  }
  return checkModule(bytes);
}
