import { hasCode } from '../../cluster/api-error.ts';
import { readAgent } from '../agents.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import type { Format } from '../formats.ts';
import { objectsText, tableText } from '../print.ts';
import { listRevisions } from '../revisions.ts';
import type { Terminal } from '../terminal.ts';
import { historyTable, withChanges } from '../view/history.ts';

export async function run(
  terminal: Terminal,
  name: string,
  options: ClusterOptions & { readonly output: Format },
): Promise<void> {
  await using connection = await connect(terminal, options);
  const { agent } = await readAgent(connection, name);
  const revisions = await listRevisions(connection.client, agent).catch((error: unknown) => {
    // The history is in the status; what changed is not.
    if (hasCode(error, 403)) return [];
    throw error;
  });
  const history = withChanges(agent.status.history ?? [], revisions);
  if (options.output !== 'table') terminal.out(objectsText(options.output, history));
  else if (history.length > 0) terminal.out(tableText(historyTable(history, Date.now()), terminal.paint));
  else terminal.note(`SpAgent ${connection.namespace}/${name}: no revision yet\n`);
}
