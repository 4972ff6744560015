import type { Command } from 'commander';
import { shells } from '../view/completion.ts';

const help = `
Load it in the current shell:
  source <(spagent completion bash)
  source <(spagent completion zsh)
  spagent completion fish | source`;

export function define(command: Command): void {
  command.registeredArguments[0]?.choices(shells);
  command.addHelpText('after', help);
}
