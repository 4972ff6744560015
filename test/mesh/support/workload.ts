import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubectl } from '../../../hack/cluster/kubectl.ts';
import type { ClusterClient } from '../../../operator/cluster/client.ts';
import { collectionPath, proxyPath } from '../../../operator/cluster/kinds.ts';
import { listAll } from '../../../operator/cluster/list-pages.ts';
import { workloadImage } from './workload-image.ts';

export interface WorkloadOptions {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  /** Base URL to which it sends requests all the time. */
  readonly trafficTarget?: string;
  /** A server outside of the mesh that speaks https: it has no sidecar. PEM. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

/** A Deployment of the test's program and its Service, as a user would write them. */
export function workload({ namespace, name, replicas = 1, trafficTarget, tls }: WorkloadOptions): object[] {
  const labels = { app: name };
  const environment = {
    ...(trafficTarget ? { TRAFFIC_TARGET: trafficTarget } : {}),
    ...(tls ? { TLS_KEY: tls.key, TLS_CERTIFICATE: tls.certificate } : {}),
  };
  const container = {
    name: 'app',
    image: workloadImage,
    imagePullPolicy: 'Never',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: Object.entries(environment).map(([variable, value]) => ({ name: variable, value })),
    readinessProbe: { httpGet: { path: '/', port: 9000 }, periodSeconds: 1 },
    // Other proxies learn first that this pod is going.
    lifecycle: { preStop: { sleep: { seconds: 2 } } },
    resources: { requests: { cpu: '10m', memory: '32Mi' } },
  };
  const annotations = {
    'proxy.istio.io/config': '{"concurrency":1,"terminationDrainDuration":"2s"}',
    // The test's door, beside the sidecar.
    'traffic.sidecar.istio.io/excludeInboundPorts': '9000',
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace, name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: tls ? { ...labels, 'sidecar.istio.io/inject': 'false' } : labels, annotations },
          spec: { terminationGracePeriodSeconds: 15, containers: [container] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name },
      spec: { selector: labels, ports: [{ name: 'http', port: 8080 }] },
    },
  ];
}

/** Runs `kubectl apply` on objects. */
export async function applyObjects(kubeconfig: string, objects: readonly object[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-apply-'));
  try {
    const file = join(directory, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await kubectl(kubeconfig, ['apply', '-f', file]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export interface PodKey {
  readonly namespace: string;
  readonly name: string;
}

interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
    readonly initContainerStatuses?: readonly { readonly restartCount: number }[];
  };
}

/** Pods of a workload that are not on their way out. */
export async function podsOf(client: ClusterClient, workload: PodKey): Promise<PodObject[]> {
  const items = await listAll<PodObject>(client, {
    path: collectionPath('Pod', workload.namespace),
    query: { labelSelector: `app=${workload.name}` },
  });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** A ready pod of a workload. */
export async function podOf(client: ClusterClient, workload: PodKey): Promise<PodKey> {
  const pods = await podsOf(client, workload);
  const ready = pods.find(({ status }) =>
    status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
  );
  if (!ready) throw new Error(`${workload.namespace}/${workload.name} has no ready pod`);
  return { namespace: workload.namespace, name: ready.metadata.name };
}

function control(pod: PodKey, path: string): string {
  return proxyPath({ kind: 'Pod', ...pod, port: 9000 }, path);
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RequestOptions {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request from a pod, through its sidecar. */
export function sendFrom(client: ClusterClient, pod: PodKey, request: RequestOptions): Promise<Answer> {
  return client.json({ path: control(pod, 'send'), query: { request: JSON.stringify(request) } });
}

export interface WorkloadCounts {
  /** Requests that reached the application. */
  readonly served: number;
  /** Requests sent to the traffic target. */
  readonly sent: number;
  readonly failures: readonly string[];
}

export function countsOf(client: ClusterClient, pod: PodKey): Promise<WorkloadCounts> {
  return client.json({ path: control(pod, 'counts') });
}
