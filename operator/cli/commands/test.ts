import { Option, type Command } from 'commander';
import { httpStatus, tried } from '../arguments.ts';

const help = `
Without --request: a miss, a save and a hit, whatever the rules of the spec are. With --request: what the spec does with
that request, sent twice: the filter's lines, which name the rule that decided, and what the backend gets of it.`;

export function define(command: Command): void {
  command
    .option('--module <file>', 'compiled module (default: the bundled filter is built)')
    .option('-f, --file <file>', 'configure the filter as the SpAgent in this YAML does')
    .addOption(
      new Option(
        '--request <request>',
        "try this request, such as 'POST /api/x' or 'GET http://cart.shop/items'",
      ).argParser(tried),
    )
    .addOption(
      new Option('-H, --header <header...>', "headers of the request, such as 'accept: */*'").default(
        [],
        'none',
      ),
    )
    .option('--body <text>', 'body of the request; @FILE reads a file')
    .option('--upstream-status <status>', 'status of the answer from upstream', httpStatus, 200)
    .option(
      '--envoy <file>',
      'Envoy to use, 1.36 or later (default: envoy in PATH, else the one of npm run tools)',
    )
    .option('--keep', "keep Envoy running until Ctrl-C, with its log and the backend's page")
    .option(
      '--write-config <directory>',
      'write the module and an Envoy configuration to edit, and run nothing',
    )
    .addHelpText('after', help);
}
