import type { Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command);
}
