import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kubectl } from '../../../hack/cluster/kubectl.ts';
import { podRevisionLabel } from '../../../operator/api/names.ts';
import { operatorNamespace } from './operator.ts';
import { sharedMesh } from './shared-mesh.ts';
import { applyAgent, checkout, checkoutUrl, shop, trafficClient } from './shop.ts';
import { applyObjects, podOf, podsOf, sendFrom } from './workload.ts';

const source = join(import.meta.dirname, '..', 'workload', 'release.as');

/** Configuration of the filter: its name, and a status with which it answers instead of the application. */
export interface Release {
  readonly release: string;
  readonly answerWith?: number;
}

/** An agent of checkout whose filter names its release in each response to a request of clients. */
export async function applyRelease(config: Release, rollout: object = {}): Promise<void> {
  const { mesh } = await sharedMesh();
  const metadata = { namespace: shop, name: 'release-source' };
  const data = { 'index.ts': await readFile(source, 'utf8') };
  await applyObjects(mesh.kubeconfig, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }]);
  const filter = { build: { configMap: { name: metadata.name } }, config };
  await applyAgent({ filter, direction: 'Inbound', backend: undefined, rollout });
}

/** Requests until each of a few pods has certainly answered some. */
const requests = 60;

/** Pod → the releases that it answered with, of requests through checkout's Service. */
export async function releasesByPod(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { client } = await sharedMesh();
  const from = await podOf(client, trafficClient);
  const seen = new Map<string, Set<string>>();
  for (let count = 0; count < requests; count += 1) {
    const { headers, body } = await sendFrom(client, from, { url: `${checkoutUrl}/release` });
    const { pod } = JSON.parse(body) as { pod: string };
    const releases = seen.get(pod) ?? new Set();
    seen.set(pod, releases.add(headers['x-release'] ?? 'none'));
  }
  return seen;
}

/** What shows that a pod was neither replaced nor its proxy restarted. */
export async function podIdentities(): Promise<string[]> {
  const { client } = await sharedMesh();
  const pods = await podsOf(client, checkout);
  return pods
    .map(({ metadata, status }) => {
      const containers = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
      return `${metadata.uid} restarts: ${containers.map(({ restartCount }) => restartCount).join()}`;
    })
    .sort();
}

/** Names of checkout's pods with a revision. */
export async function podsWith(revision: string | undefined): Promise<string[]> {
  const { client } = await sharedMesh();
  const label = podRevisionLabel(checkout.name);
  const pods = await podsOf(client, checkout);
  return pods
    .filter(({ metadata }) => metadata.labels[label] === revision)
    .map(({ metadata }) => metadata.name);
}

/** An action in the operator's log, which is written before it is executed. */
export interface LoggedAction {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Kind of the action. */
  readonly msg: string;
  readonly revision?: string;
  readonly reason?: string;
}

/** What all replicas of the operator did, in order. */
export async function loggedActions(): Promise<LoggedAction[]> {
  const { mesh } = await sharedMesh();
  const log = ['logs', '-n', operatorNamespace, '-l', 'app.kubernetes.io/name=sp-agent', '--tail=-1'];
  const lines = (await kubectl(mesh.kubeconfig, log)).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as LoggedAction).sort((a, b) => a.time - b.time);
}
