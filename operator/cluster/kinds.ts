/** Where the API server keeps the objects of a kind. */
export interface KindPath {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

const extensions = 'extensions.istio.io/v1alpha1';
const networking = 'networking.istio.io/v1';

/** Every kind that the operator or `spagent` reads or writes. */
export const kinds = {
  SpAgent: { apiVersion: 'softprobe.ai/v1alpha1', kind: 'SpAgent', plural: 'spagents' },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' },
  DaemonSet: { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
  ControllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision', plural: 'controllerrevisions' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Secret: { apiVersion: 'v1', kind: 'Secret', plural: 'secrets' },
  Service: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  Event: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events' },
  Lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' },
  WasmPlugin: { apiVersion: extensions, kind: 'WasmPlugin', plural: 'wasmplugins' },
  TrafficExtension: { apiVersion: extensions, kind: 'TrafficExtension', plural: 'trafficextensions' },
  EnvoyFilter: {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    plural: 'envoyfilters',
  },
  ServiceEntry: { apiVersion: networking, kind: 'ServiceEntry', plural: 'serviceentries' },
  DestinationRule: { apiVersion: networking, kind: 'DestinationRule', plural: 'destinationrules' },
} as const satisfies Record<string, KindPath>;

export type Kind = keyof typeof kinds;

export const istioKinds = [
  'WasmPlugin',
  'TrafficExtension',
  'EnvoyFilter',
  'ServiceEntry',
  'DestinationRule',
] as const satisfies readonly Kind[];
export type IstioKind = (typeof istioKinds)[number];

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
