import type { Command } from 'commander';
import { httpUrl } from '../arguments.ts';
import { withSessionOptions } from '../trial/session-options.ts';

const help = `
Send requests to the printed address: each goes upstream and is recorded. spagent replay FILE answers them later.
Credentials are recorded as [redacted]. A FILE that ends in .har is an HTTP archive; any other is OTLP JSON.`;

export function define(command: Command): void {
  withSessionOptions(
    command.requiredOption('--upstream <url>', 'server to record, such as http://127.0.0.1:8080', httpUrl),
  )
    .option('-o, --out <file>', 'file to write the recordings to when it ends', 'recordings.json')
    .addHelpText('after', help);
}
