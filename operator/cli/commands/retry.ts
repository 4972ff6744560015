import type { Command } from 'commander';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command).action(async (name: string, options: ClusterOptions) => {
    await using connection = await connect(terminal, options);
    const { title, revision } = await requestOfRollout(connection, name, (rollout) => {
      if (rollout.isFailed) return requests.retry(rollout.revision);
      throw new Failure(
        `${rollout.title}: the revision of its spec has not failed; see spagent history ${name}`,
      );
    });
    terminal.note(`${title}: revision ${revision} is tried again\n`);
  });
}
