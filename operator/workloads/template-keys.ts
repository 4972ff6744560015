import { publicKeyEnvName, redactionKeyEnvName } from '../api/names.ts';
import type { TemplateKey } from '../api/workload.ts';
import type { WorkloadObject } from './kind.ts';

/** The keys that a pod template itself gives to the proxy, each from a Secret. */
export function templateKeys({ spec: { template } }: WorkloadObject): TemplateKey[] {
  const { containers = [] } = template?.spec ?? {};
  const variables = containers.filter(({ name }) => name === 'istio-proxy').flatMap(({ env = [] }) => env);
  return variables.flatMap(({ name, valueFrom }) => {
    const source = valueFrom?.secretKeyRef;
    const isKey = name === publicKeyEnvName || name === redactionKeyEnvName;
    return isKey && source ? [{ variable: name, secretName: source.name, key: source.key }] : [];
  });
}
