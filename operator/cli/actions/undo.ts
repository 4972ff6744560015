import { hasCode } from '../../cluster/api-error.ts';
import { objectPath } from '../../cluster/kinds.ts';
import type { KubernetesObject } from '../../cluster/kubernetes-object.ts';
import { readAgent } from '../agents.ts';
import { cliFieldManager, connect, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { diffText } from '../diff-text.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { previousRevision, revisionByNumber, specText, type RevisionWithSpec } from '../kept-spec.ts';
import { listRevisions } from '../revisions.ts';
import type { Terminal } from '../terminal.ts';
import { unifiedDiff } from '../view/changes.ts';

interface UndoOptions extends ClusterOptions {
  readonly to?: number;
  readonly yes?: boolean;
}

export async function run(terminal: Terminal, name: string, options: UndoOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { agent, object } = await readAgent(connection, name);
  const revisions = await listRevisions(connection.client, agent);
  const revision =
    options.to === undefined
      ? previousRevision(agent, revisions)
      : revisionByNumber(agent, revisions, options.to);
  const agentName = `SpAgent ${agent.namespace}/${agent.name}`;
  const title = `revision ${revision.number} ${revision.id}`;
  const difference = unifiedDiff(specText(agent.spec, 'present spec'), specText(revision.agentSpec, title));
  if (difference === '') {
    return terminal.note(`${agentName}: its spec is already that of ${title}\n`);
  }
  terminal.out(diffText(difference, terminal.paint));
  warnOfOwner(terminal, object as KubernetesObject);
  if (!options.yes && !(await isConfirmed(terminal, `Apply this to ${agentName}?`))) {
    throw new Failure(`${agentName}: not changed`);
  }
  await replaceSpec(connection, object as KubernetesObject, revision);
  terminal.note(`${agentName}: has the spec of ${title}; spagent status -w ${name} follows the rollout\n`);
}

async function isConfirmed(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await terminal.confirm(question);
  if (answer === undefined) {
    throw new UsageFailure('standard input is not a terminal that could be asked; give --yes to apply it');
  }
  return answer;
}

/** A tool that applies the object from Git writes over what is changed here. */
function warnOfOwner(terminal: Terminal, { metadata }: KubernetesObject): void {
  const owner = metadata.managedFields?.find(
    ({ manager, operation, subresource, fieldsV1 }) =>
      operation === 'Apply' &&
      subresource === undefined &&
      manager !== cliFieldManager &&
      Object.hasOwn(fieldsV1 ?? {}, 'f:spec'),
  );
  if (owner) {
    terminal.note(
      `warning: "${owner.manager}" applies this spec too, and may write over it: change it there as well\n`,
    );
  }
}

/** Only on the object that was shown: one that was changed meanwhile is refused. */
async function replaceSpec(
  { client, namespace }: Connection,
  { metadata: { name, resourceVersion } }: KubernetesObject,
  { agentSpec }: RevisionWithSpec,
): Promise<void> {
  try {
    await client.json({
      method: 'PATCH',
      path: objectPath({ kind: 'SpAgent', namespace, name }),
      query: { fieldManager: cliFieldManager },
      contentType: 'application/json-patch+json',
      body: [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'replace', path: '/spec', value: agentSpec },
      ],
    });
  } catch (error) {
    // The API server calls a failed test "invalid".
    if (!hasCode(error, 409) && !isFailedTest(error)) throw error;
    throw new Failure(
      `SpAgent ${namespace}/${name}: was changed while you looked at it; run spagent undo again`,
      { cause: error },
    );
  }
}

function isFailedTest(error: unknown): boolean {
  return hasCode(error, 422) && error instanceof Error && error.message.includes('testing');
}
