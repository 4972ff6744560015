import { once } from 'node:events';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { backendOptions, startComplaint, withBackendOptions, type BackendFlags } from './options.ts';
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
const { logLevel, ...flags } = program.opts<BackendFlags & { logLevel: string }>();
const log = pino({ level: logLevel });

try {
  await using backend = await createBackend({ ...backendOptions(flags, process.env), log });
  log.info({ url: backend.url, data: flags.data, recordings: backend.recordings.count }, 'listening');
  const [signal] = await Promise.race(
    ['SIGTERM', 'SIGINT'].map((name) => once(process, name) as Promise<[string]>),
  );
  log.info({ signal }, 'stopping');
} catch (error) {
  log.fatal({ error: startComplaint(error, flags) ?? String(error) }, 'the backend cannot run');
  process.exitCode = 1;
}
