import { Command, Help, type Option } from 'commander';
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
    .configureHelp({ helpWidth: 110, optionDescription })
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text) })
    .showHelpAfterError('(--help shows commands and options)')
    .description('Build, test and roll out the SP Agent filter; also a kubectl plug-in: kubectl spagent')
    .version(projectPackage.version)
    .option('--debug', 'print the stack trace of a failure')
    .addHelpText('after', exitCodesHelp);
  for (const listed of commandList) program.command(listed.usage).description(listed.summary);
  return program.hook('preSubcommand', async (_program, command) => {
    const listed = commandList.find(({ usage }) => usage.split(' ', 1)[0] === command.name());
    if (listed === undefined) return;
    (await listed.options()).define(command);
    command.action(async (...given: unknown[]) => {
      const { run } = await listed.action();
      // They are what the options and arguments that it defined give.
      await run(terminal, ...([...given, commandList] as never[]));
    });
  });
}

function optionDescription(option: Option): string {
  return new Help().optionDescription(option) + (option.mandatory ? ' (required)' : '');
}
