import type { Command } from 'commander';
import type { ListedCommand } from '../listed-command.ts';
import type { Terminal } from '../terminal.ts';
import { completionScript, type CompletedCommand } from '../view/completion.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const help = `
Load it in the current shell:
  source <(spagent completion bash)
  source <(spagent completion zsh)
  spagent completion fish | source`;

export function define(command: Command, terminal: Terminal, commands: readonly ListedCommand[]): void {
  const { parent } = command;
  command.registeredArguments[0]?.choices(shells);
  command.addHelpText('after', help).action(async (shell: Shell) => {
    terminal.out(completionScript(shell, await optionsOf(parent, terminal, commands)));
  });
}

/** Commands learn their options when they are loaded. */
async function optionsOf(
  program: Command | null,
  terminal: Terminal,
  commands: readonly ListedCommand[],
): Promise<CompletedCommand[]> {
  const loaded = commands.map(async ({ usage, load, summary }) => {
    const name = usage.split(' ', 1)[0] ?? '';
    const command = program?.commands.find((candidate) => candidate.name() === name);
    if (command && command.options.length === 0 && name !== 'completion')
      (await load()).define(command, terminal, commands);
    const options = command?.options.flatMap(({ short, long }) =>
      [short, long].filter((flag) => flag !== undefined),
    );
    return { name, summary, options: [...(options ?? []), '--help'] };
  });
  return Promise.all(loaded);
}
