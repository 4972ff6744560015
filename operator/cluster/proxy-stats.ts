import type { ClusterClient } from './client.ts';

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
  const response = await client.request({
    path: `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}:15020/proxy/stats/prometheus`,
    accept: 'text/plain',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  });
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Error(`its statistics are longer than ${bytesMax} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
