import type { JsonObject } from '../../api/json.ts';
import type { Resource } from '../../api/resource.ts';
import type { BackendTarget } from '../../api/revision.ts';
import { backendHost, backendName, isIpAddress } from './backend-target.ts';
import { agentMetadata, type Owner } from '../metadata.ts';

/** Lets the proxy speak TLS to the backend, with the server's name checked. Undefined: the backend speaks plain http. */
export function renderDestinationRule(agent: Owner, target: BackendTarget): Resource | undefined {
  if (!target.tls) return undefined;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: agentMetadata(agent, backendName(agent.name, target)),
    spec: {
      host: backendHost(agent, target),
      exportTo: ['.'],
      trafficPolicy: { tls: { mode: 'SIMPLE', ...serverName(target.tls) } },
    },
  };
}

function serverName(tls: NonNullable<BackendTarget['tls']>): JsonObject {
  return {
    // An address is no server name (RFC 6066), but it can stand in a certificate.
    ...(isIpAddress(tls.sni) ? {} : { sni: tls.sni }),
    ...(tls.insecureSkipVerify ? { insecureSkipVerify: true } : { subjectAltNames: [tls.sni] }),
  };
}
