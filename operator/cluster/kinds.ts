import { agentPlural, groupVersion, revisionPlural } from '../api/names.ts';
import { istioKindNames, istioKinds } from '../api/istio-kinds.ts';
import { customWorkloadKinds, workloadKinds } from '../workloads/kinds.ts';

/** Where the API server keeps the objects of a kind. */
export interface KindPath {
  readonly apiVersion: string;
  readonly plural: string;
}

/** Every kind that the operator or `spagent` reads or writes. */
const kinds = {
  SpAgent: { apiVersion: groupVersion, plural: agentPlural },
  SpAgentRevision: { apiVersion: groupVersion, plural: revisionPlural },
  ...workloadKinds,
  ReplicaSet: { apiVersion: 'apps/v1', plural: 'replicasets' },
  ControllerRevision: { apiVersion: 'apps/v1', plural: 'controllerrevisions' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
  Service: { apiVersion: 'v1', plural: 'services' },
  Event: { apiVersion: 'events.k8s.io/v1', plural: 'events' },
  Lease: { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' },
  ...istioKinds,
  Sidecar: { apiVersion: 'networking.istio.io/v1', plural: 'sidecars' },
} as const satisfies Record<string, KindPath>;

export type Kind = keyof typeof kinds;

/** Kinds of other projects' CRDs, which come and go with these projects. */
export const optionalKinds = [...istioKindNames, ...customWorkloadKinds] as const;

export type OptionalKind = (typeof optionalKinds)[number];

export function kindPath(kind: Kind): KindPath {
  return kinds[kind];
}

export function isKind(name: string): name is Kind {
  return name in kinds;
}

/** Name of an object of any kind, of a namespace, of a subresource, or `name:port` behind `pods/proxy`. No dot comes first. */
const segmentPattern = /^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/;
const segmentLengthMax = 320;

/**
 * The one place where paths are put together. Names come from users and pods: one with `/`, `..`, `%`, `?` or `#` in it would lead
 * to another object, with the operator's rights.
 *
 * @throws for a segment that cannot be a name.
 */
export function apiPath(...segments: readonly string[]): string {
  for (const segment of segments) {
    if (segment.length > segmentLengthMax || !segmentPattern.test(segment)) {
      throw new Error(`${JSON.stringify(segment.slice(0, 80))} is not a name of the Kubernetes API`);
    }
  }
  return `/${segments.join('/')}`;
}

/** `/apis/apps/v1`, `/api/v1`. */
export function groupPath(apiVersion: string): string {
  return apiPath(...groupSegments(apiVersion));
}

function groupSegments(apiVersion: string): string[] {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? ['api', group] : ['apis', group, version];
}

function collectionSegments(kind: Kind, namespace: string | undefined): string[] {
  const { apiVersion, plural } = kinds[kind];
  const inNamespace = namespace === undefined ? [] : ['namespaces', namespace];
  return [...groupSegments(apiVersion), ...inNamespace, plural];
}

/** Path of a kind's collection: of one namespace, or of all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  return apiPath(...collectionSegments(kind, namespace));
}

export interface ObjectKey {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export function objectPath({ kind, namespace, name }: ObjectKey, subresource?: 'status' | 'log'): string {
  const segments = [...collectionSegments(kind, namespace), name];
  return apiPath(...segments, ...(subresource === undefined ? [] : [subresource]));
}

/** A server behind a Pod or a Service, which the API server speaks http to. */
export interface ProxiedServer {
  readonly kind: 'Pod' | 'Service';
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** @param path below the server's root, segment by segment. */
export function proxyPath(
  { kind, namespace, name, port }: ProxiedServer,
  ...path: readonly string[]
): string {
  return apiPath(...collectionSegments(kind, namespace), `${name}:${port}`, 'proxy', ...path);
}
