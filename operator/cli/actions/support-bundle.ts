import projectPackage from '../../../package.json' with { type: 'json' };
import { listAgents } from '../agents.ts';
import { connect, type ClusterOptions, type Connection } from '../cluster-command.ts';
import { examine } from '../doctor/examine.ts';
import { withGivenFile } from '../given-file.ts';
import { serverVersions } from '../server-versions.ts';
import { writeArchive } from '../support-bundle/archive.ts';
import { Collector, type BundleFile } from '../support-bundle/collector.ts';
import { addNamespace } from '../support-bundle/namespace-parts.ts';
import { addOperators } from '../support-bundle/operator-parts.ts';
import { addProxies } from '../support-bundle/proxy-parts.ts';
import type { Terminal } from '../terminal.ts';
import type { Finding } from '../view/diagnosis.ts';

interface BundleOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly file?: string;
}

export async function run(terminal: Terminal, options: BundleOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const folder = `spagent-support-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`;
  const file = options.file ?? `${folder}.tar.gz`;
  const files = await collect(connection, options.allNamespaces ? undefined : connection.namespace);
  const remedy = 'give another --file, which does not exist yet';
  await withGivenFile(`--file ${file}`, () => writeArchive(file, folder, files), remedy);
  terminal.out(`${file}\n`);
  terminal.note(`${files.length} files; look through them before you give them away\n`);
}

/** @param namespace undefined: all. */
async function collect(connection: Connection, namespace: string | undefined): Promise<BundleFile[]> {
  const { client } = connection;
  const collector = new Collector();
  const agents = await listAgents(client, namespace);
  const servers = await collector.part('versions', () => serverVersions(connection));
  collector.addText('versions.json', json({ spagent: projectPackage.version, ...servers }));
  const byNamespace = Map.groupBy(agents, ({ agent }) => agent.namespace);
  for (const [name, found] of byNamespace) {
    const pods = await addNamespace(collector, { client, namespace: name, agents: found });
    await addProxies(collector, client, { namespace: name, pods });
  }
  await addOperators(collector, client);
  const findings: Finding[] = [];
  for await (const finding of examine(connection)) findings.push(finding);
  collector.addText('doctor.json', json(findings));
  return collector.files();
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
