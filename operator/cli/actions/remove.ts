import { hasCode } from '../../cluster/api-error.ts';
import { objectPath } from '../../cluster/kinds.ts';
import { readAgent } from '../agents.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait.ts';

export async function run(
  terminal: Terminal,
  name: string,
  options: ClusterOptions & { readonly wait: boolean; readonly timeout: number },
): Promise<void> {
  await using connection = await connect(terminal, options);
  const { client, namespace } = connection;
  const path = objectPath({ kind: 'SpAgent', namespace, name });
  await readAgent(connection, name);
  await client.json({ method: 'DELETE', path });
  const isDone = async () => {
    try {
      await client.json({ path });
      return false;
    } catch (error) {
      if (hasCode(error, 404)) return true;
      throw error;
    }
  };
  const what = `SpAgent ${namespace}/${name} to be deleted by the operator`;
  if (options.wait) await waitUntil(terminal, { what, seconds: options.timeout, isDone });
  terminal.note(`SpAgent ${namespace}/${name}: ${options.wait ? 'deleted' : 'deletion requested'}\n`);
}
