/** Istio's kinds that the operator renders, and where the API server keeps them. */
export const istioKinds = {
  WasmPlugin: { apiVersion: 'extensions.istio.io/v1alpha1', plural: 'wasmplugins' },
  TrafficExtension: { apiVersion: 'extensions.istio.io/v1alpha1', plural: 'trafficextensions' },
  EnvoyFilter: { apiVersion: 'networking.istio.io/v1alpha3', plural: 'envoyfilters' },
  ServiceEntry: { apiVersion: 'networking.istio.io/v1', plural: 'serviceentries' },
  DestinationRule: { apiVersion: 'networking.istio.io/v1', plural: 'destinationrules' },
} as const;

export type IstioKind = keyof typeof istioKinds;

export const istioKindNames = Object.keys(istioKinds) as IstioKind[];

/** The kinds that the API server serves now. */
export type MeshKinds = ReadonlySet<IstioKind>;

/** `wasmplugins.extensions.istio.io` */
export function crdName(kind: IstioKind): string {
  const { apiVersion, plural } = istioKinds[kind];
  return `${plural}.${apiVersion.slice(0, apiVersion.indexOf('/'))}`;
}
