import { Option, type Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command)
    .option('--client', 'only the version of spagent, without asking the cluster')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']));
}
