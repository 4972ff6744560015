import { traitsOf } from '../../api/artifact.ts';
import { AgentError } from '../../api/errors.ts';
import type { SandboxAnswer } from '../sandbox/job.ts';
import { inspectModule } from './inspect.ts';

/** Inspects a module in a sandbox. The header is an outcome of `check-module.ts`. */
export async function runInspection(bytes: Uint8Array): Promise<SandboxAnswer> {
  try {
    const info = await inspectModule(bytes);
    return { header: { abi: info.abi, ...traitsOf(info) } };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { header: { reason: error.reason, message: error.message } };
  }
}
