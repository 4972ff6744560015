import type { Command } from 'commander';
import { portNumber } from '../arguments.ts';
import { withClusterOptions } from '../cluster-command.ts';

const help = `
The page listens on 127.0.0.1 alone and acts with your own rights in the cluster. Its address holds a token: keep it to
yourself. Without --namespace it shows every agent that you may see.`;

export function define(command: Command): void {
  withClusterOptions(command)
    .option('--port <number>', 'port of the page; 0 takes a free one', portNumber, 8790)
    .addHelpText('after', help);
}
