import { once } from 'node:events';
import { backendOptions, startComplaint, type BackendFlags } from '../../backend/options.ts';
import { createBackend, type Backend } from '../../backend/server.ts';
import { UsageFailure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export async function run(terminal: Terminal, flags: BackendFlags): Promise<void> {
  await using backend = await start(flags);
  terminal.note(`${backend.url} shows ${backend.recordings.count} recordings; Ctrl-C stops it\n`);
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
}

async function start(flags: BackendFlags): Promise<Backend> {
  try {
    return await createBackend(backendOptions(flags, process.env));
  } catch (cause) {
    const complaint = startComplaint(cause, flags);
    throw complaint === undefined ? cause : new UsageFailure(complaint, { cause });
  }
}
