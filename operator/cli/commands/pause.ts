import type { Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command).addHelpText(
    'after',
    '\nHolds the revision that the spec asks for now, and no later one; spec.rollout.paused holds all.',
  );
}
