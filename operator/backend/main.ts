import { once } from 'node:events';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { startComplaint, withBackendOptions, type BackendFlags } from './options.ts';
import { createBackend } from './server.ts';

const program = withBackendOptions(
  new Command('sp-agent-backend').description(
    'Development backend of SP Agent: keeps recordings on this disk. Not the hosted Softprobe service.',
  ),
)
  .addOption(
    new Option('--log-level <level>', 'debug shows every lookup')
      .choices(Object.keys(pino.levels.values))
      .default('info'),
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<BackendFlags & { logLevel: string }>();
const log = pino({ level: options.logLevel });

try {
  await using backend = await createBackend({ ...options, log });
  log.info({ url: backend.url, data: options.data, recordings: backend.recordings.count }, 'listening');
  const [signal] = await Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name) as Promise<[string]>),
  );
  log.info({ signal }, 'stopping');
} catch (error) {
  log.fatal({ error: startComplaint(error, options) ?? String(error) }, 'the backend cannot run');
  process.exitCode = 1;
}
