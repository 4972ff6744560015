import { readText } from './bounded-body.ts';
import type { ClusterClient } from './client.ts';
import { proxyPath } from './kinds.ts';

/** Milliseconds for one proxy's answer; 70 are usual. */
const timeoutMilliseconds = 5_000;
/** A sidecar with some thousand clusters says about 2 MiB. */
const bytesMax = 16 * 1024 * 1024;

/**
 * Statistics of a pod's proxy in Prometheus text, through the API server. Port 15020 is the Istio agent's, which adds its own
 * to Envoy's.
 */
export async function proxyStatistics(
  client: ClusterClient,
  pod: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const path = proxyPath({ kind: 'Pod', ...pod, port: 15020 }, 'stats', 'prometheus');
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  return readText(await client.request({ path, accept: 'text/plain', signal }), bytesMax);
}
