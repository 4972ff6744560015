import projectPackage from '../../../package.json' with { type: 'json' };
import { listAgents } from '../agents.ts';
import type { Connection } from '../cluster-command.ts';
import { examine } from '../doctor/examine.ts';
import { serverVersions } from '../server-versions.ts';
import type { Finding } from '../view/diagnosis.ts';
import { Collector, type BundleFile } from './collector.ts';
import { addNamespace } from './namespace-parts.ts';
import { addOperators } from './operator-parts.ts';
import { addProxies } from './proxy-parts.ts';

/**
 * Reads all that a support bundle has.
 * @param namespace undefined: all.
 */
export async function collect(connection: Connection, namespace: string | undefined): Promise<BundleFile[]> {
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
