import { Command } from 'commander';

/**
 * A script's command line, with the name that it is called by: `npm run tools --`. Wrong usage is told in one line and
 * ends the process with 2.
 */
export function commandLine(name: string, description: string): Command {
  return new Command(`${name} --`)
    .description(description)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}
