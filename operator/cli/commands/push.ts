import type { Command } from 'commander';

const loginHelp = `
The login is read from the file that docker login and oras login write: config.json in $DOCKER_CONFIG or ~/.docker.
Helpers that keep logins elsewhere (credsStore, credHelpers) are not asked`;

export function define(command: Command): void {
  command
    .option('--module <file>', 'module to push', 'sp_agent.wasm')
    .option('--ca-file <file>', "PEM certificates of the registry's authority, beside the public ones")
    .addHelpText('after', loginHelp);
}
