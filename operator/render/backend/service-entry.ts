import type { Resource } from '../../api/resource.ts';
import type { BackendTarget } from '../../api/revision.ts';
import { backendHost, backendName, isIpAddress } from './backend-target.ts';
import { agentMetadata, type Owner } from '../metadata.ts';

/** Makes the backend known to the mesh under our own name, for this namespace alone. */
export function renderServiceEntry(agent: Owner, target: BackendTarget): Resource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: agentMetadata(agent, backendName(agent.name, target)),
    spec: {
      hosts: [backendHost(agent, target)],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: isIpAddress(target.host) ? 'STATIC' : 'DNS',
      endpoints: [{ address: target.host }],
      // Declared as HTTP, port 443 would become a plain HTTP listener that breaks the workload's own https.
      ports: [{ number: target.port, name: 'backend', protocol: target.tls ? 'TLS' : 'HTTP' }],
    },
  };
}
