import type { Command } from 'commander';
import { httpUrl } from '../arguments.ts';
import { withSessionOptions } from '../trial/session-options.ts';

const help = `
FILE is what spagent record or the backend's page wrote, OTLP JSON, or an HTTP archive (HAR) of a browser. Host, port,
session and credentials do not have to match; method, path, query and body do. The page shows why a request misses.`;

export function define(command: Command): void {
  withSessionOptions(
    command
      .option('--upstream <url>', 'server for requests that have no recording', httpUrl)
      .option('--strict', 'answer them with 404 instead (default without --upstream)'),
  ).addHelpText('after', help);
}
