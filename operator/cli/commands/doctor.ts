import { Option, type Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';

const help = `
Each finding has a code; docs/troubleshooting.md explains it. What you have no rights to look at is skipped. It looks at the
agents of all namespaces, or of one where you may not list all.`;

export function define(command: Command): void {
  withClusterOptions(command)
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']))
    .addHelpText('after', help);
}
