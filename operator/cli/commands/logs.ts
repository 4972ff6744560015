import type { Command } from 'commander';
import { seconds, wholeNumber } from '../arguments.ts';
import { withClusterOptions } from '../cluster-command.ts';

export function define(command: Command): void {
  withClusterOptions(command)
    .option('-f, --follow', 'follow until Ctrl-C')
    .option('--tail <lines>', 'lines to read from the end of each proxy log', wholeNumber, 1000)
    .option('--since <duration>', 'only lines of this last time, such as 10m', seconds)
    .option('--pod <name>', 'only this pod')
    .option('--all', "all lines of the proxies, not only the filter's");
}
