import { Command, InvalidArgumentError } from 'commander';
import { once } from 'node:events';
import { createBackend } from '../../backend/server.ts';
import { wholeNumber } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';

interface BackendOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
}

export function backendCommand(terminal: Terminal): Command {
  return new Command('backend')
    .description('Run the development backend until Ctrl-C. It is not the hosted Softprobe service')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 8787)
    .option(
      '--data <file>',
      'file that keeps the recordings; :memory: keeps nothing',
      'data/recordings.sqlite',
    )
    .action(async (options: BackendOptions) => {
      await using backend = await createBackend(options);
      terminal.note(`${backend.url} shows ${backend.recordings.count} recordings; Ctrl-C ends it\n`);
      if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort');
    });
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}
