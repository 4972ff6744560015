import type { Command } from 'commander';
import { withClusterOptions, outputOption } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command).addOption(outputOption());
}
