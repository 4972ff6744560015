import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

export async function run(terminal: Terminal, name: string, options: ClusterOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { title, revision } = await requestOfRollout(connection, name, (rollout) => {
    if (rollout.isFailed) return requests.retry(rollout.revision);
    throw new Failure(
      `${rollout.title}: the revision of its spec has not failed; see spagent history ${name}`,
    );
  });
  terminal.note(`${title}: revision ${revision} is tried again\n`);
}
