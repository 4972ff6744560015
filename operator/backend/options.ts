import { InvalidArgumentError, Option, type Command } from 'commander';
import { ignorableFields, type IgnorableField } from './match/match-fields.ts';
import { replayOrders, type ReplayOrder } from './match/replay-order.ts';
import type { BackendOptions } from './server.ts';

/** Options of both commands that run the backend. */
export interface BackendFlags {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly allowedHost: readonly string[];
  readonly tokenEnv?: string;
  readonly cases?: string;
  readonly replay: ReplayOrder;
  readonly ignore: readonly IgnorableField[];
  readonly replayedHeader: boolean;
}

export function withBackendOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 8787)
    .option(
      '--data <file>',
      'file that keeps the recordings; :memory: keeps nothing',
      'data/recordings.sqlite',
    )
    .addOption(
      new Option('--replay <order>', 'recording to replay when several match a request')
        .choices(replayOrders)
        .default('last'),
    )
    .addOption(
      new Option('--ignore <fields...>', 'parts of a request that do not have to match')
        .choices(ignorableFields)
        .default([], 'none'),
    )
    .option('--no-replayed-header', 'do not add x-softprobe-replayed to replayed responses')
    .option('--cases <directory>', 'write the recordings of each capture session here when it is closed')
    .addOption(
      new Option(
        '--allowed-host <name...>',
        'host name that clients may use, beside localhost and IP addresses; ".name" allows subdomains',
      ).default([], 'none'),
    )
    .option('--token-env <variable>', 'environment variable with the token that clients must send');
}

/** @throws InvalidArgumentError when the variable of the token is empty. */
export function backendOptions(flags: BackendFlags, environment: NodeJS.ProcessEnv): BackendOptions {
  const { allowedHost, tokenEnv, replayedHeader, ...rest } = flags;
  const token = tokenEnv === undefined ? undefined : environment[tokenEnv]?.trim();
  if (tokenEnv !== undefined && !token) {
    throw new InvalidArgumentError(`--token-env ${tokenEnv}: the variable is not set`);
  }
  return { ...rest, allowedHosts: allowedHost, markReplayed: replayedHeader, token };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}

/** Which option keeps the backend from starting, and what to do; undefined if none does. */
export function startComplaint(error: unknown, { host, port, data }: BackendFlags): string | undefined {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return `--port ${port} is in use; give another`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `--host ${host} is not an address of this machine; give another`;
    case 'ERR_SQLITE_ERROR':
      return `--data ${data} cannot be used as a database; give another file`;
    default:
      if (code === 'EACCES' && syscall === 'listen') return `--port ${port} is not allowed; give another`;
      if (syscall === 'mkdir') return `--data ${data}: its directory cannot be made; give another file`;
      return error instanceof InvalidArgumentError ? error.message : undefined;
  }
}
