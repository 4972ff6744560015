import { InvalidArgumentError, type Command } from 'commander';
import type { BackendOptions } from './server.ts';

/** What both commands that run the backend are told. */
export interface BackendFlags extends BackendOptions {
  readonly host: string;
  readonly port: number;
}

export function withBackendOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 8787)
    .option(
      '--data <file>',
      'file that keeps the recordings; :memory: keeps nothing',
      'data/recordings.sqlite',
    );
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}

/** Which option keeps the backend from starting, and what to do; undefined if it is none of them. */
export function startComplaint(error: unknown, { host, port, data }: BackendFlags): string | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return `--port ${port} is in use; give another`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `--host ${host} is no address of this machine; give another`;
    case 'ERR_SQLITE_ERROR':
      return `--data ${data} cannot be used as a database; give another file`;
    default:
      if (code === 'EACCES' && syscall === 'listen') return `--port ${port} is not allowed; give another`;
      if (syscall === 'mkdir') return `--data ${data}: its directory cannot be made; give another file`;
      return undefined;
  }
}
