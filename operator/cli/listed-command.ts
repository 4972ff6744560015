import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a file of `commands/` exports. */
export interface CommandOptions {
  /** Adds options and help. */
  readonly define: (command: Command) => void;
}

/** What a file of `actions/` exports. */
export interface CommandAction {
  /** @param given the values of arguments, those of options, the command, and every command of spagent. */
  readonly run: (terminal: Terminal, ...given: never[]) => Promise<void>;
}

export interface ListedCommand {
  /** Name and arguments, in commander's form. */
  readonly usage: string;
  readonly summary: string;
  /** Imports what `--help` shows, which loads no library. */
  readonly options: () => Promise<CommandOptions>;
  /** Imports what the command does: only that of the one that runs, as some load large libraries. */
  readonly action: () => Promise<CommandAction>;
}
