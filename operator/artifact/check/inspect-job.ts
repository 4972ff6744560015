import { AgentError } from '../../api/errors.ts';
import type { SandboxAnswer } from '../sandbox/job.ts';
import { inspectModule } from './inspect.ts';

/** Inspects a module in a sandbox. The header is an outcome of `check-module.ts`. */
export async function runInspection(bytes: Uint8Array): Promise<SandboxAnswer> {
  try {
    const { abi, reportsRevision } = await inspectModule(bytes);
    return { header: { abi, reportsRevision } };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { header: { reason: error.reason, message: error.message } };
  }
}
