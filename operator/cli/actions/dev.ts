import { watch } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../api/errors.ts';
import { isSource, readSource } from '../source-directory.ts';
import type { Terminal } from '../terminal.ts';
import { findEnvoy } from '../trial/find-envoy.ts';
import { configurationFile, startFilterSession, type FilterSession } from '../trial/filter-session.ts';
import { logTo } from '../trial/log-lines.ts';

interface DevOptions {
  readonly upstream: URL;
  readonly port: number;
  readonly envoy?: string;
}

/** Editors write a file in several steps. */
const settleMilliseconds = 50;

export async function run(terminal: Terminal, directory: string, options: DevOptions): Promise<void> {
  // Before Envoy starts: a folder that is not there will not be saved to.
  await readSource(directory, 'directory');
  await using session = await startFilterSession({
    ...options,
    envoy: await findEnvoy(options.envoy),
    directory,
    onLog: logTo(terminal),
  });
  await load(terminal, session);
  terminal.out(`${session.url}\n`);
  terminal.note(
    `in front of ${options.upstream.href}; Envoy's admin page ${session.adminUrl}; Ctrl-C stops it\n`,
  );
  await reloadOnSave(terminal, session, directory);
}

async function reloadOnSave(terminal: Terminal, session: FilterSession, directory: string): Promise<void> {
  const changed = watch(directory, { recursive: true, signal: terminal.interrupted });
  let isDirty = false;
  let loading: Promise<void> | undefined;
  const loadWhileDirty = async () => {
    while (isDirty) {
      await sleep(settleMilliseconds);
      isDirty = false;
      await load(terminal, session);
    }
    loading = undefined;
  };
  try {
    for await (const { filename } of changed) {
      if (filename === null || !(isSource(filename) || filename === configurationFile)) continue;
      isDirty = true;
      loading ??= loadWhileDirty();
    }
  } catch (error) {
    if (!terminal.interrupted.aborted) throw error;
  }
}

/** A filter that does not build is shown and waits for the next save. */
async function load(terminal: Terminal, session: FilterSession): Promise<void> {
  try {
    const { sizeBytes, seconds } = await session.reload();
    terminal.note(`${terminal.paint('good', '✓')} ${sizeBytes} bytes, loaded in ${seconds.toFixed(1)} s\n`);
  } catch (error) {
    terminal.note(`${terminal.paint('bad', '✗')} ${messageOf(error)}\n`);
  }
}
