import assert from 'node:assert/strict';
import { kubectl } from '../../../hack/cluster/kubectl.ts';
import { agentPlural, groupVersion, podRevisionLabel } from '../../../operator/api/names.ts';
import type { SpAgentStatus } from '../../../operator/api/status-schema.ts';
import type { ClusterClient } from '../../../operator/cluster/client.ts';
import { apiPath, collectionPath, objectPath } from '../../../operator/cluster/kinds.ts';
import type { KubernetesObject } from '../../../operator/cluster/kubernetes-object.ts';
import { listAll } from '../../../operator/cluster/list-pages.ts';
import { eventually } from '../../support/eventually.ts';
import { backendImage, operatorImageLoaded } from './operator.ts';
import { sharedMesh } from './shared-mesh.ts';
import { applyObjects, countsOf, podOf, podsOf, workload, type PodKey } from './workload.ts';

export const shop = 'shop';

/** The workload that agents select: two pods, whose inbound traffic never ends. */
export const checkout: PodKey = { namespace: shop, name: 'checkout' };
export const checkoutUrl = 'http://checkout:8080';
/** What checkout calls on a test's request. */
export const inventoryUrl = 'http://inventory:8080';
/** Sends requests to checkout all the time. */
export const trafficClient: PodKey = { namespace: shop, name: 'client' };

const backendPort = 8787;

/** Milliseconds for a rollout of two or three pods, one after the other, on a busy machine. */
const rolloutMilliseconds = 120_000;

function backend(): object[] {
  const labels = { app: 'recorder' };
  const container = {
    name: 'backend',
    image: backendImage,
    imagePullPolicy: 'Never',
    command: ['/usr/local/bin/node', 'operator/backend/main.ts'],
    args: ['--host=0.0.0.0', `--port=${backendPort}`, '--data=:memory:', '--allowed-host=.svc.cluster.local'],
    ports: [{ name: 'http', containerPort: backendPort }],
    readinessProbe: { tcpSocket: { port: backendPort }, periodSeconds: 1 },
  };
  const metadata = { namespace: shop, name: 'recorder' };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port: backendPort }] },
    },
  ];
}

let open: Promise<void> | undefined;

async function openShop(): Promise<void> {
  const { mesh } = await sharedMesh();
  await operatorImageLoaded();
  await applyObjects(mesh.kubeconfig, [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: shop, labels: { 'istio-injection': 'enabled' } },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { namespace: shop, name: 'strict' },
      spec: { mtls: { mode: 'STRICT' } },
    },
    ...backend(),
    ...workload({ ...checkout, replicas: 2 }),
    ...workload({ namespace: shop, name: 'inventory' }),
  ]);
  const waitFor = (name: string) =>
    kubectl(mesh.kubeconfig, ['rollout', 'status', `deployment/${name}`, '-n', shop, '--timeout=90s']);
  for (const name of ['recorder', 'checkout', 'inventory']) await waitFor(name);
  // Last: from its first request on, none may fail.
  await applyObjects(mesh.kubeconfig, workload({ ...trafficClient, trafficTarget: checkoutUrl }));
  await waitFor(trafficClient.name);
}

/** Opens the shop for the first that asks: STRICT mutual TLS, the development backend, and traffic that never ends. */
export function shopOpen(): Promise<void> {
  open ??= openShop();
  return open;
}

let failuresSeen = 0;

/** The requests that the traffic has sent so far, and those that failed since the last call. */
export async function takeFailures(): Promise<{ readonly sent: number; readonly fresh: readonly string[] }> {
  const { client } = await sharedMesh();
  const { sent, failures } = await countsOf(client, await podOf(client, trafficClient));
  const fresh = failures.slice(failuresSeen);
  failuresSeen = failures.length;
  return { sent, fresh };
}

/** @throws when a request of the traffic has failed since the last call, or when none was sent. */
export async function assertTrafficUnharmed(): Promise<void> {
  const { sent, fresh } = await takeFailures();
  assert.deepEqual(fresh, [], `of ${sent} requests so far`);
  assert.ok(sent > 0, 'no traffic was sent');
}

/** An agent of checkout, as a user would write it. */
function agent(spec: object = {}): object {
  return {
    apiVersion: groupVersion,
    kind: 'SpAgent',
    metadata: checkout,
    spec: {
      selector: { matchLabels: { app: checkout.name } },
      direction: 'Both',
      backend: { url: `http://recorder.${shop}.svc.cluster.local:${backendPort}` },
      ...spec,
    },
  };
}

export async function applyAgent(spec: object = {}): Promise<void> {
  const { mesh } = await sharedMesh();
  await applyObjects(mesh.kubeconfig, [agent(spec)]);
}

interface AgentObject {
  readonly metadata: { readonly generation: number };
  readonly status?: SpAgentStatus;
}

async function readAgent(client: ClusterClient): Promise<AgentObject> {
  return client.json({ path: objectPath({ kind: 'SpAgent', namespace: shop, name: checkout.name }) });
}

/** Waits until the status of the present generation says something, and returns it. */
export async function awaitStatus(
  what: string,
  holds: (status: SpAgentStatus) => boolean,
): Promise<SpAgentStatus> {
  const { client } = await sharedMesh();
  return eventually(
    what,
    async () => {
      const { metadata, status } = await readAgent(client);
      if (status && status.observedGeneration === metadata.generation && holds(status)) return status;
      throw new Error(JSON.stringify(status));
    },
    rolloutMilliseconds,
  );
}

export function conditionOf(status: SpAgentStatus, type: string) {
  return status.conditions?.find((condition) => condition.type === type);
}

/** Waits until the agent is Ready with that many pods, every one verified. */
export function awaitReady(pods = 2): Promise<SpAgentStatus> {
  return awaitStatus(
    `${pods} verified pods`,
    (status) => conditionOf(status, 'Ready')?.status === 'True' && status.pods === `${pods}/${pods}`,
  );
}

/** Revisions that the pods of checkout were started with. */
export async function podRevisions(): Promise<Set<string | undefined>> {
  const { client } = await sharedMesh();
  const pods = await podsOf(client, checkout);
  return new Set(pods.map(({ metadata }) => metadata.labels[podRevisionLabel(checkout.name)]));
}

/** What ReplicaSets of checkout reported of each pod that they created at a revision, whether it is still there or not. */
export async function podsCreatedAt(
  client: ClusterClient,
  revision: string | undefined,
): Promise<readonly string[]> {
  const replicaSets = await listAll<KubernetesObject>(client, {
    path: collectionPath('ReplicaSet', shop),
    query: { labelSelector: `${podRevisionLabel(checkout.name)}=${revision}` },
  });
  const events = await listAll<{ involvedObject: { uid: string }; message: string }>(client, {
    path: apiPath('api', 'v1', 'namespaces', shop, 'events'),
    query: { fieldSelector: 'reason=SuccessfulCreate' },
  });
  const uids = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  return events.filter((event) => uids.has(event.involvedObject.uid)).map(({ message }) => message);
}

/** Deletes the agent and waits until its finalizer is done. */
export async function deleteAgent(): Promise<void> {
  const { mesh } = await sharedMesh();
  const object = `${agentPlural}/${checkout.name}`;
  await kubectl(mesh.kubeconfig, ['delete', object, '-n', shop, '--ignore-not-found', '--timeout=60s']);
}
