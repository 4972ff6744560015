import { connect, type ClusterOptions } from '../cluster-command.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

export async function run(terminal: Terminal, name: string, options: ClusterOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { title, revision } = await requestOfRollout(connection, name, ({ revision }) =>
    requests.pause(revision),
  );
  terminal.note(`${title}: revision ${revision} is paused; spagent resume ${name} continues\n`);
}
