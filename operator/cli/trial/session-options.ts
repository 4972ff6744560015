import type { Command } from 'commander';
import { portNumber } from '../arguments.ts';

/** Of both `record` and `replay`. */
export interface SessionOptions {
  readonly port: number;
  readonly backendPort: number;
  readonly file?: string;
  readonly module?: string;
  readonly envoy?: string;
}

export function withSessionOptions(command: Command): Command {
  return command
    .option('--port <number>', 'port that clients use; 0 takes a free one', portNumber, 8788)
    .option(
      '--backend-port <number>',
      'port of the backend and its page; 0 takes a free one',
      portNumber,
      8787,
    )
    .option('-f, --file <file>', 'configure the filter as the SpAgent in this YAML does')
    .option('--module <file>', 'compiled module (default: the bundled filter is built)')
    .option(
      '--envoy <file>',
      'Envoy to use, 1.36 or later (default: envoy in PATH, else the one of npm run tools)',
    );
}
