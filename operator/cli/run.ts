import { CommanderError } from 'commander';
import { exitCodes, failureText, UsageFailure } from './failure.ts';
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
    await program.parseAsync(words, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // Commander has written its own message; it uses code 0 for --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const isDebug = program.opts<{ debug?: boolean }>().debug ?? false;
    const stack = isDebug && error instanceof Error ? `${error.stack ?? ''}\n` : '';
    terminal.note(`error: ${failureText(error)}\n${stack}`);
    return error instanceof UsageFailure ? exitCodes.usage : exitCodes.failed;
  }
}
