import { Command } from 'commander';

/**
 * A script's command line, with the name that it is called by: `npm run tools --`. A usage error prints one line and
 * ends the process with 2.
 */
export function commandLine(name: string, description: string): Command {
  return new Command(`${name} --`)
    .description(description)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}
