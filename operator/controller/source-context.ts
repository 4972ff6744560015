import { AgentError } from '../api/errors.ts';
import type { AddressRules } from '../artifact/sources/address-policy.ts';
import type { SignaturePolicy } from '../artifact/signatures/policy.ts';
import type { SourceContext } from '../artifact/sources/source.ts';
import { createTagDigests, type TagDigestsOptions } from '../artifact/sources/tag-digests.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { readDockerConfig } from '../cluster/secret-value.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface SourceContextOptions extends TagDigestsOptions {
  readonly addresses: AddressRules;
  readonly signatures: SignaturePolicy;
}

/** What sources of modules may use of the cluster. ConfigMaps and Secrets are read one at a time: the operator watches none. */
export function sourceContext(client: ClusterClient, options: SourceContextOptions): SourceContext {
  return {
    addresses: options.addresses,
    signatures: options.signatures,
    tags: createTagDigests(options),
    readConfigMap: async (namespace, name) => {
      try {
        const path = objectPath({ kind: 'ConfigMap', namespace, name });
        const { metadata, data = {} } = await client.json<ConfigMap>({ path });
        return { version: `${metadata.uid}/${metadata.resourceVersion}`, files: data };
      } catch (error) {
        if (hasCode(error, 404)) return undefined;
        throw error;
      }
    },
    readPullSecret: async (namespace, name) => {
      const title = `Secret ${namespace}/${name}`;
      const found = await readDockerConfig(client, { namespace, name });
      switch (found.state) {
        case 'Found':
          return found.bytes.toString('utf8');
        case 'Missing':
          throw new AgentError('SecretMissing', `${title}: ${found.message}`, { retryable: true });
        case 'Refused': {
          const advice = 'make it with kubectl create secret docker-registry';
          throw new AgentError(
            'SecretRefused',
            `${title}: its type is not kubernetes.io/dockerconfigjson; ${advice}`,
            {
              retryable: true,
            },
          );
        }
      }
    },
  };
}
