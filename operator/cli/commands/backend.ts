import type { Command } from 'commander';
import { once } from 'node:events';
import { startComplaint, withBackendOptions, type BackendFlags } from '../../backend/options.ts';
import { createBackend, type Backend } from '../../backend/server.ts';
import { UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withBackendOptions(command).action(async (options: BackendFlags) => {
    await using backend = await start(options);
    terminal.note(`${backend.url} shows ${backend.recordings.count} recordings; Ctrl-C stops it\n`);
    if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
  });
}

async function start(options: BackendFlags): Promise<Backend> {
  try {
    return await createBackend(options);
  } catch (cause) {
    const complaint = startComplaint(cause, options);
    throw complaint === undefined ? cause : new UsageFailure(complaint, { cause });
  }
}
