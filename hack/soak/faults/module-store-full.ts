import { hasCode } from '../../../operator/cluster/api-error.ts';
import { apiPath } from '../../../operator/cluster/kinds.ts';
import type { Fault } from './fault.ts';

const name = 'no-more-modules';

/** A quota forbids new ConfigMaps in the operator's namespace: modules are kept there and not on a disk. */
export const moduleStoreFull: Fault = {
  name: 'module-store-full',
  seconds: [10, 25],
  endsLeader: false,
  begin: async ({ client, namespace }) => {
    const quotas = ['api', 'v1', 'namespaces', namespace, 'resourcequotas'];
    const body = { metadata: { name }, spec: { hard: { 'count/configmaps': '0' } } };
    await client.json({ method: 'POST', path: apiPath(...quotas), body });
    return async () => {
      await client.request({ method: 'DELETE', path: apiPath(...quotas, name) }).catch((error: unknown) => {
        if (!hasCode(error, 404)) throw error;
      });
    };
  },
};
