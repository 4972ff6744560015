import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

export async function run(terminal: Terminal, name: string, options: ClusterOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { title, revision } = await requestOfRollout(connection, name, (rollout) => {
    if (rollout.isFailed)
      throw new Failure(`${rollout.title}: revision ${rollout.revision} has failed already`);
    if (rollout.revision === rollout.agent.status.stableRevision) {
      throw new Failure(
        `${rollout.title}: the rollout of revision ${rollout.revision} is complete; spagent undo ${name} goes back to the revision before`,
      );
    }
    return requests.abort(rollout.revision);
  });
  terminal.note(`${title}: revision ${revision} is aborted; spagent retry ${name} rolls it out again\n`);
}
