import type { Command } from 'commander';
import { pauseAnnotation } from '../../api/names.ts';
import { patchAgent, readAgent } from '../agents.ts';
import { withClusterOptions, connect, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  withClusterOptions(command).action(async (name: string, options: ClusterOptions) => {
    await using connection = await connect(terminal, options);
    const { agent } = await readAgent(connection, name);
    const isPausedBySpec = agent.spec.rollout.paused;
    await patchAgent(connection, name, {
      metadata: { annotations: { [pauseAnnotation]: null } },
      ...(isPausedBySpec ? { spec: { rollout: { paused: false } } } : {}),
    });
    const more = isPausedBySpec
      ? '; spec.rollout.paused is false now, correct it where the spec is kept'
      : '';
    terminal.note(`SpAgent ${connection.namespace}/${name}: resumed${more}\n`);
  });
}
