import { Option, type Command } from 'commander';
import { templates } from '../project/templates.ts';

export function define(command: Command): void {
  command.addOption(
    new Option('--template <name>', 'filter to begin with').choices(templates).default('header'),
  );
}
