import { CommanderError, type Command } from 'commander';
import { exitCodes, Interruption, UsageFailure } from './failure.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs one command line.
 * @param words without node and script.
 * @returns the exit code.
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync(withHelpFlag(program, words), { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has written its own message; it uses code 0 for --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    // Whatever failed then, such as a request or a compiler, failed because of it.
    if (terminal.interrupted.aborted) return interrupted(terminal, error);
    const isDebug = program.opts<{ debug?: boolean }>().debug ?? false;
    const stack = isDebug && error instanceof Error ? `${error.stack ?? ''}\n` : '';
    const { failureText } = await import('./failure-text.ts');
    terminal.note(`error: ${failureText(error)}\n${stack}`);
    return error instanceof UsageFailure ? exitCodes.usage : exitCodes.failed;
  }
}

function interrupted(terminal: Terminal, error: unknown): number {
  terminal.note(`${error instanceof Interruption ? error.message : 'interrupted'}\n`);
  return exitCodes.interrupted;
}

/** `help status` → `status --help`, by which commander loads the command first. An unknown name stays an error. */
function withHelpFlag(program: Command, words: readonly string[]): readonly string[] {
  const [first, name] = words;
  if (first !== 'help') return words;
  if (name === undefined) return ['--help'];
  return program.commands.some((command) => command.name() === name) ? [name, '--help'] : [name];
}
