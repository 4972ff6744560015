import tlds from 'tlds' with { type: 'json' };
import { dnsLabelPattern } from '../../api/names.ts';

/** Where names of Services are resolved. */
export interface ServiceScope {
  readonly namespace: string;
  /** `cluster.local` in most clusters. */
  readonly clusterDomain: string;
}

/** What no namespace is taken for: top-level domains, and names that private networks use like one. */
const topLevelDomains: ReadonlySet<string> = new Set([
  ...tlds,
  ...['alt', 'corp', 'example', 'home', 'internal', 'invalid', 'lan', 'local', 'localhost', 'onion'],
]);

/**
 * The full name of the Kubernetes Service that a host means; undefined for other hosts. `NAME` and `NAME.NAMESPACE` are what a pod's
 * resolver completes. The second form looks like a domain of the internet: it counts as a Service in the agent's own namespace, and in
 * namespaces that are not named like a top-level domain.
 */
export function serviceHost(host: string, { namespace, clusterDomain }: ServiceScope): string | undefined {
  const labels = host.split('.');
  if (!labels.every((label) => dnsLabelPattern.test(label))) return undefined;
  const [name = '', second = '', third] = labels;
  const full = (of: string) => `${name}.${of}.svc.${clusterDomain}`;
  if (labels.length === 1) return name === 'localhost' ? undefined : full(namespace);
  if (labels.length === 2) {
    return second === namespace || !topLevelDomains.has(second) ? full(second) : undefined;
  }
  if (third !== 'svc') return undefined;
  return labels.length === 3 || host === full(second) ? full(second) : undefined;
}
