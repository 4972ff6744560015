/** Where the API server keeps the objects of a kind. */
export interface KindPath {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
}

const extensions = 'extensions.istio.io/v1alpha1';
const networking = 'networking.istio.io/v1';

/** Every kind that the operator reads or writes. */
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

/** `/apis/apps/v1`, `/api/v1`. */
export function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of a kind's collection: of one namespace, or of all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const { apiVersion, plural } = kinds[kind];
  return `${groupPath(apiVersion)}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;
}

export interface ObjectKey {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

export function objectPath({ kind, namespace, name }: ObjectKey): string {
  return `${collectionPath(kind, namespace)}/${name}`;
}
