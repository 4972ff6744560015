import { once } from 'node:events';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { createBackend } from './server.ts';

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^[0-9]+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is 0 to 65535');
  return port;
}

const program = new Command('sp-agent-backend')
  .description(
    'Development backend of SP Agent: keeps recordings on this disk. Not the hosted Softprobe service.',
  )
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on; 0 takes a free one', portNumber, 8787)
  .option('--data <file>', 'file that keeps the recordings; :memory: keeps nothing', 'data/recordings.sqlite')
  .option('--log-level <level>', 'debug shows every lookup', 'info')
  .parse();
const options = program.opts<{ host: string; port: number; data: string; logLevel: string }>();
const log = pino({ level: options.logLevel });

await using backend = await createBackend({ ...options, log });
log.info({ url: backend.url, data: options.data, recordings: backend.recordings.count }, 'listening');
const [signal] = await Promise.race(
  ['SIGTERM', 'SIGINT'].map((name) => once(process, name) as Promise<[string]>),
);
log.info({ signal }, 'stopping');
