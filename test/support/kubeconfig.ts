import { dump } from 'js-yaml';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';

/** A client of a plain HTTP server that plays the API server. */
export async function clientOf(port: number): Promise<ClusterClient> {
  await using kubeconfig = await kubeconfigOf(port);
  return createClient(kubeconfig.file);
}

/** A kubeconfig for such a server, until disposed. */
export async function kubeconfigOf(port: number) {
  const directory = await mkdtemp(join(tmpdir(), 'sp-agent-test-'));
  const file = join(directory, 'kubeconfig');
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  await writeFile(
    file,
    dump({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return { file, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}
