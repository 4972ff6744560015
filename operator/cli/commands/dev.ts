import type { Command } from 'commander';
import { httpUrl, portNumber } from '../arguments.ts';

export function define(command: Command): void {
  command
    .requiredOption('--upstream <url>', 'server behind the filter, such as http://127.0.0.1:8080', httpUrl)
    .option('--port <number>', 'port of Envoy on this machine; 0 takes a free one', portNumber, 18_000)
    .option(
      '--envoy <file>',
      'Envoy to use, 1.36 or later (default: envoy in PATH, else the one of npm run tools)',
    );
}
