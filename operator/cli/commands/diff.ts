import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { withClusterOptions } from '../cluster-command.ts';

const help = `
Compares the spec of the previous revision with the present one. With --from and --to, the specs of two revisions`;

export function define(command: Command): void {
  withClusterOptions(command)
    .option(
      '--from <number>',
      'revision to compare (default: the previous one that did not fail)',
      wholeNumber,
    )
    .option('--to <number>', 'revision to compare it with (default: the present spec)', wholeNumber)
    .option('-f, --file <file>', 'compare the present spec with the SpAgent in this YAML')
    .addHelpText('after', help);
}
