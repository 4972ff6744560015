/** What the administrator of the operator sets for all agents. Plain data; given at the operator's start. */
export interface OperatorPolicy {
  /** Backend of agents whose spec names none; undefined: each must name one. */
  readonly defaultBackendUrl: string | undefined;
  /**
   * Hosts that backends may have: `backend.example.com`, `*.example.com` for all below it, with `:port` for that port alone.
   * A Service is `NAME.NAMESPACE.svc.cluster.local`, an IPv6 address is in brackets. Undefined: all hosts.
   */
  readonly allowedBackends: readonly string[] | undefined;
  /** Deny: only the bundled filter runs, neither modules from a URL nor sources from a ConfigMap. */
  readonly customFilters: 'Allow' | 'Deny';
  /** Namespaces whose agents are refused, and where nothing is changed. */
  readonly excludedNamespaces: readonly string[];
  /** Under which the cluster's DNS has its Services: `cluster.local` in most clusters. */
  readonly clusterDomain: string;
}

/** Leaves everything to those who may create SpAgents. */
export const unrestrictedPolicy: OperatorPolicy = {
  defaultBackendUrl: undefined,
  allowedBackends: undefined,
  customFilters: 'Allow',
  excludedNamespaces: [],
  clusterDomain: 'cluster.local',
};

/** What an entry of `allowedBackends` looks like. */
export const backendPatternForm =
  /^(?<name>([*][.])?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[(?<address>[0-9a-f:.]+)\])(:(?<port>[0-9]{1,5}))?$/;

/** Whether some entry of `allowedBackends` matches. Hosts are in lower case, IPv6 addresses as RFC 5952 writes them. */
export function isAllowedBackend(
  { host, port }: { readonly host: string; readonly port: number },
  patterns: readonly string[],
): boolean {
  return patterns.some((pattern) => {
    const { name = '', address, port: onlyPort } = backendPatternForm.exec(pattern)?.groups ?? {};
    if (onlyPort !== undefined && Number(onlyPort) !== port) return false;
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === (address ?? name);
  });
}
