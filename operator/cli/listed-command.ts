import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a file of `commands/` exports. */
export interface CommandModule {
  /** Adds options and what the command does. `commands`: every command of spagent. */
  readonly define: (command: Command, terminal: Terminal, commands: readonly ListedCommand[]) => void;
}

export interface ListedCommand {
  /** Name and arguments, in commander's form. */
  readonly usage: string;
  readonly summary: string;
  /** Imports the command's file: only the one that runs, as some load large libraries. */
  readonly load: () => Promise<CommandModule>;
}
