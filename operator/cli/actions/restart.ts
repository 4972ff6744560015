import { objectPath } from '../../cluster/kinds.ts';
import { readAgent } from '../agents.ts';
import { connect, type ClusterOptions } from '../cluster-command.ts';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import { waitUntil } from '../wait.ts';
import type { WorkloadKindName } from '../../workloads/kinds.ts';
import { selectedWorkloads } from '../workloads.ts';

/** What `kubectl rollout restart` sets; for an Argo Rollout, `kubectl argo rollouts restart`. */
function restartedSpec(kind: WorkloadKindName): object {
  // Argo Rollouts keeps full seconds.
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  if (kind === 'Rollout') return { restartAt: now };
  return { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now } } } };
}

export async function run(
  terminal: Terminal,
  name: string,
  options: ClusterOptions & { readonly timeout: number },
): Promise<void> {
  await using connection = await connect(terminal, options);
  const { client, namespace } = connection;
  const { agent } = await readAgent(connection, name);
  const workloads = await selectedWorkloads(client, agent);
  if (workloads.length === 0) {
    throw new Failure(`SpAgent ${namespace}/${name}: spec.selector matches no workload; nothing to restart`);
  }
  for (const { kind, name: workload } of workloads) {
    const what = `${kind} ${namespace}/${workload}`;
    terminal.note(`${what}: restarting\n`);
    await client.json({
      method: 'PATCH',
      path: objectPath({ kind, namespace, name: workload }),
      contentType: 'application/merge-patch+json',
      body: { spec: restartedSpec(kind) },
    });
    const isDone = async () =>
      (await selectedWorkloads(client, agent)).every(
        (other) => other.kind !== kind || other.name !== workload || other.isRolledOut,
      );
    await waitUntil(terminal, { what: `${what} to restart`, seconds: options.timeout, isDone });
    terminal.note(`${what}: restarted, all pods are ready\n`);
  }
}
