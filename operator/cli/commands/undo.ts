import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import { withClusterOptions } from '../cluster-command.ts';

const help = `
Applies the spec by which the revision was created, after showing what it changes. The operator rolls it out as any
other change. A failed revision is tried again only after spagent retry.`;

export function define(command: Command): void {
  withClusterOptions(command)
    .option(
      '--to <number>',
      'revision to go back to (default: the previous one that did not fail)',
      wholeNumber,
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', help);
}
