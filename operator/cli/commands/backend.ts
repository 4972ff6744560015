import type { Command } from 'commander';
import { withBackendOptions } from '../../backend/options.ts';

export function define(command: Command): void {
  withBackendOptions(command);
}
