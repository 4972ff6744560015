import { Command } from 'commander';
import projectPackage from '../../package.json' with { type: 'json' };
import { commandList } from './command-list.ts';
import type { Terminal } from './terminal.ts';

const exitCodesHelp = `
Exit codes:
  0  success
  1  failure; standard error has the reason and what to do
  2  usage error
  130  interrupted by Ctrl-C`;

/** The whole command line. Parsing throws where commander would end the process. */
export function createProgram(terminal: Terminal): Command {
  // Commands inherit how their parent ends, writes and lays out its help.
  const program = new Command('spagent')
    .exitOverride()
    // Commander's own help command would show a command's options before they are loaded: see run.ts.
    .helpCommand('help [command]', 'Show the options of a command')
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text) })
    .showHelpAfterError('(--help shows commands and options)')
    .description('Build, test and roll out the SP Agent filter; also a kubectl plug-in: kubectl spagent')
    .version(projectPackage.version)
    .option('--debug', 'print the stack trace of a failure')
    .addHelpText('after', exitCodesHelp);
  const modules = new Map(
    commandList.map(({ usage, summary, load }) => [program.command(usage).description(summary), load]),
  );
  return program.hook('preSubcommand', async (_program, command) => {
    const module = await modules.get(command)?.();
    module?.define(command, terminal, commandList);
  });
}
