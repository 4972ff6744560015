import { patchAgent, readAgent } from '../agents.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import { requests } from '../rollout-commands.ts';
import type { Terminal } from '../terminal.ts';

export async function run(terminal: Terminal, name: string, options: ClusterOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { agent } = await readAgent(connection, name);
  const isPausedBySpec = agent.spec.rollout.paused;
  await patchAgent(connection, name, requests.resume(agent));
  const more = isPausedBySpec ? '; spec.rollout.paused is false now, correct it where the spec is kept' : '';
  terminal.note(`SpAgent ${connection.namespace}/${name}: resumed${more}\n`);
}
