import type { Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command).option(
    '--full',
    'end all waits of this rollout: its canary steps, bakes and approvals',
  );
}
