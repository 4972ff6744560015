import type { AddressRules } from '../artifact/sources/address-policy.ts';
import type { SourceContext } from '../artifact/sources/source.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What sources of modules may use of the cluster. ConfigMaps are read one at a time: the operator watches none. */
export function sourceContext(client: ClusterClient, addresses: AddressRules): SourceContext {
  return {
    addresses,
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
  };
}
