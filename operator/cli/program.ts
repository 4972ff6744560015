import { Command } from 'commander';
import projectPackage from '../../package.json' with { type: 'json' };
import { backendCommand } from './commands/backend.ts';
import { buildCommand } from './commands/build.ts';
import { deployCommand } from './commands/deploy.ts';
import { doctorCommand } from './commands/doctor.ts';
import { historyCommand } from './commands/history.ts';
import { logsCommand } from './commands/logs.ts';
import { pauseCommand } from './commands/pause.ts';
import { removeCommand } from './commands/remove.ts';
import { renderCommand } from './commands/render.ts';
import { restartCommand } from './commands/restart.ts';
import { resumeCommand } from './commands/resume.ts';
import { statusCommand } from './commands/status.ts';
import { testCommand } from './commands/test.ts';
import type { Terminal } from './terminal.ts';

const exitCodesHelp = `
Exit codes:
  0  done
  1  failed; the message on the standard error says what and what to do
  2  the command line cannot be right`;

/** The whole command line. Parsing throws where commander would end the process. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('spagent')
    .description('Builds, tries and rolls out the SP Agent filter; also a kubectl plug-in: kubectl spagent')
    .version(projectPackage.version)
    .option('--debug', 'show the stack of a failure')
    .addHelpText('after', exitCodesHelp)
    .showHelpAfterError('(--help shows what there is)');
  const commands = [
    buildCommand,
    testCommand,
    renderCommand,
    deployCommand,
    statusCommand,
    historyCommand,
    pauseCommand,
    resumeCommand,
    restartCommand,
    removeCommand,
    logsCommand,
    backendCommand,
    doctorCommand,
  ];
  for (const command of commands) program.addCommand(command(terminal));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ helpWidth: 110 })
      .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text) });
  }
  return program;
}
