import { readAgent } from '../agents.ts';
import { readAgentFile } from '../agent-file.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import { UsageFailure } from '../failure.ts';
import { previousRevision, revisionByNumber, specText } from '../kept-spec.ts';
import { listRevisions } from '../revisions.ts';
import type { Terminal } from '../terminal.ts';
import { diffText } from '../diff-text.ts';
import { unifiedDiff, type NamedText } from '../view/changes.ts';

interface DiffOptions extends ClusterOptions {
  readonly from?: number;
  readonly to?: number;
  readonly file?: string;
}

export async function run(terminal: Terminal, name: string, options: DiffOptions): Promise<void> {
  if (options.file !== undefined && (options.from ?? options.to) !== undefined) {
    throw new UsageFailure('give either --file, or --from and --to');
  }
  await using connection = await connect(terminal, options);
  const { agent } = await readAgent(connection, name);
  const present = specText(agent.spec, 'present spec');
  if (options.file !== undefined) {
    return show(terminal, present, await specInFile(options.file, agent));
  }
  const revisions = await listRevisions(connection.client, agent);
  const from =
    options.from === undefined
      ? previousRevision(agent, revisions)
      : revisionByNumber(agent, revisions, options.from);
  const to = options.to === undefined ? undefined : revisionByNumber(agent, revisions, options.to);
  show(
    terminal,
    specText(from.agentSpec, `revision ${from.number}`),
    to ? specText(to.agentSpec, `revision ${to.number}`) : present,
  );
}

async function specInFile(
  file: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<NamedText> {
  const agents = await readAgentFile(file, namespace);
  const agent = agents.find((one) => one.name === name && one.namespace === namespace);
  if (agent) return specText(agent.spec, file);
  throw new UsageFailure(`--file ${file}: holds no SpAgent ${namespace}/${name}`);
}

function show(terminal: Terminal, before: NamedText, after: NamedText): void {
  const difference = unifiedDiff(before, after);
  if (difference === '') terminal.note(`${before.name} and ${after.name} are equal\n`);
  else terminal.out(diffText(difference, terminal.paint));
}
