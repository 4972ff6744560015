import type { Command } from 'commander';
import { withClusterOptions, timeoutOption } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command)
    .option('--no-wait', 'do not wait until it is deleted')
    .addOption(timeoutOption('longest time to wait', '1m'));
}
