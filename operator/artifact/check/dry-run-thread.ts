/** Thread in which a module is configured: it may run without end or take memory, and is ended then. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../api/errors.ts';
import { runConfigure, type LogLine } from './configure-host.ts';
import type { DryRunInput, DryRunOutcome } from './dry-run.ts';

function outcomeOf({ bytes, configuration }: DryRunInput): DryRunOutcome {
  const log: LogLine[] = [];
  try {
    return { accepted: runConfigure(bytes, Buffer.from(configuration), log), log };
  } catch (error) {
    return { accepted: false, log, trap: messageOf(error) };
  }
}

parentPort?.postMessage(outcomeOf(workerData as DryRunInput));
