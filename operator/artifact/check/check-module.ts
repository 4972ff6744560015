import { hash } from 'node:crypto';
import { z } from 'zod';
import { traitsOf } from '../../api/artifact.ts';
import { AgentError } from '../../api/errors.ts';
import { rootIdPattern } from '../../api/names.ts';
import { runSandboxed, SandboxLimitError, type SandboxLimits } from '../sandbox/run.ts';
import { abis, type ProducedModule } from './inspect.ts';

const limits: SandboxLimits = {
  seconds: 30,
  heapMebibytesMax: 128,
  residentMebibytesMax: 320,
  bodyBytesMax: 0,
};

/** What the sandbox says: see `inspect-job.ts`. */
const outcomeSchema = z.union([
  z.object({
    abi: z.enum(abis),
    reportsRevision: z.boolean(),
    readsSpec: z.boolean(),
    rootId: z.string().regex(rootIdPattern).optional(),
  }),
  z.object({ reason: z.enum(['NotWasm', 'NoProxyWasmAbi', 'UnknownImport']), message: z.string() }),
  z.object({ result: z.literal('Failed'), message: z.string() }),
]);

/**
 * Checks in a sandbox that Envoy can load the bytes as a filter: what comes back can be stored and served.
 *
 * @throws {AgentError} NotWasm, NoProxyWasmAbi, UnknownImport
 */
export async function checkModule(bytes: Uint8Array): Promise<ProducedModule> {
  const outcome = outcomeSchema.parse(await inspectInSandbox(bytes));
  if ('reason' in outcome) throw new AgentError(outcome.reason, outcome.message);
  if ('result' in outcome) {
    throw new AgentError('NotWasm', `the module cannot be read: ${outcome.message}`);
  }
  // What names the module is not left to a process that has read it.
  const digest = hash('sha256', bytes);
  return {
    bytes,
    digest,
    sizeBytes: bytes.length,
    abi: outcome.abi,
    ...traitsOf({ rootId: undefined, ...outcome }),
  };
}

async function inspectInSandbox(bytes: Uint8Array): Promise<unknown> {
  try {
    return (await runSandboxed({ kind: 'inspect' }, { limits, bytes })).header;
  } catch (error) {
    if (!(error instanceof SandboxLimitError)) throw error;
    const took = error.limit === 'Memory' ? `${limits.residentMebibytesMax} MiB` : `${limits.seconds} s`;
    throw new AgentError('NotWasm', `reading the module takes more than ${took}; make it smaller`, {
      retryable: true,
    });
  }
}
