import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import { requests } from '../rollout-commands.ts';
import { requestOfRollout } from '../rollout-request.ts';
import type { Terminal } from '../terminal.ts';

interface PromoteOptions extends ClusterOptions {
  readonly full?: boolean;
}

export async function run(terminal: Terminal, name: string, options: PromoteOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  let wait = 'every wait';
  const { title, revision } = await requestOfRollout(connection, name, (rollout) => {
    if (rollout.isFailed) {
      throw new Failure(`${rollout.title}: revision ${rollout.revision} failed; run spagent retry ${name}`);
    }
    if (options.full) return requests.promote(rollout.revision, 'full');
    const { step } = rollout.agent.status.rollout ?? {};
    if (step === undefined) {
      throw new Failure(`${rollout.title}: no step of a rollout is in progress; see spagent status ${name}`);
    }
    wait = step;
    return requests.promote(rollout.revision, step);
  });
  terminal.note(`${title}: revision ${revision} is promoted past ${wait}\n`);
}
