import { Option, type Command } from 'commander';
import { withClusterOptions } from '../cluster-command.ts';
import { statusFormats } from '../formats.ts';

export function define(command: Command): void {
  withClusterOptions(command)
    .option('-A, --all-namespaces', 'agents of all namespaces')
    .option(
      '-w, --watch',
      'follow changes until Ctrl-C; one line per change where the output is not a terminal',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(statusFormats).default('table'));
}
