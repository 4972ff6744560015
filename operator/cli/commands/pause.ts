import type { Command } from 'commander';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command)
    .addHelpText(
      'after',
      '\nHolds the revision that the spec asks for now, and no later one; spec.rollout.paused holds all.',
    )
    .action(async (name: string, options: ClusterOptions) => {
      await using connection = await connect(terminal, options);
      const { title, revision } = await requestOfRollout(connection, name, ({ revision }) =>
        requests.pause(revision),
      );
      terminal.note(`${title}: revision ${revision} is paused; spagent resume ${name} continues\n`);
    });
}
