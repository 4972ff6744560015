import { Command } from 'commander';
import type { ListedCommand } from '../listed-command.ts';
import type { Terminal } from '../terminal.ts';
import { completionScript, type CompletedCommand, type Shell } from '../view/completion.ts';

export async function run(
  terminal: Terminal,
  shell: Shell,
  ...[, , commands]: [options: object, command: Command, commands: readonly ListedCommand[]]
): Promise<void> {
  terminal.out(completionScript(shell, await Promise.all(commands.map(completed))));
}

async function completed({ usage, summary, options }: ListedCommand): Promise<CompletedCommand> {
  const command = new Command();
  (await options()).define(command);
  const flags = command.options.flatMap(({ short, long }) => [short, long]);
  return {
    name: usage.split(' ', 1)[0] ?? '',
    summary,
    options: [...flags.filter((flag) => flag !== undefined), '--help'],
  };
}
