import type { Command } from 'commander';
import { withClusterOptions, timeoutOption } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command).addOption(timeoutOption('longest time for one workload', '10m'));
}
