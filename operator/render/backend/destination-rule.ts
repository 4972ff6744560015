import type { JsonObject } from '../../api/json.ts';
import type { Resource } from '../../api/resource.ts';
import type { BackendTarget } from '../../api/revision.ts';
import { backendHost, backendName, isIpAddress } from './backend-target.ts';
import { agentMetadata, type Owner } from '../metadata.ts';

/**
 * Below the five seconds of Node.js, the shortest of the common servers: the proxy must be the one that closes an idle
 * connection, as a lookup that meets the server's close fails.
 */
const idleTimeout = '4s';

/** How the proxy speaks to the backend: with TLS where its URL says https, the server's name checked. */
export function renderDestinationRule(agent: Owner, target: BackendTarget): Resource {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: agentMetadata(agent, backendName(agent.name, target)),
    spec: {
      host: backendHost(agent, target),
      exportTo: ['.'],
      trafficPolicy: {
        connectionPool: { http: { idleTimeout } },
        ...(target.tls ? { tls: { mode: 'SIMPLE', ...serverName(target.tls) } } : {}),
      },
    },
  };
}

function serverName(tls: NonNullable<BackendTarget['tls']>): JsonObject {
  return {
    // An address is not a server name (RFC 6066), but a certificate can have it.
    ...(isIpAddress(tls.sni) ? {} : { sni: tls.sni }),
    ...(tls.insecureSkipVerify ? { insecureSkipVerify: true } : { subjectAltNames: [tls.sni] }),
  };
}
