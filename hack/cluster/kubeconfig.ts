import { KubeConfig } from '@kubernetes/client-node';
import { readFile, writeFile } from 'node:fs/promises';

export interface ClusterAccess {
  readonly url: string;
  /** File with the certificate to trust. */
  readonly certificateFile: string;
  readonly token: string;
}

/** Writes a kubeconfig file with one context and returns the same as an object. */
export async function writeKubeconfig(file: string, access: ClusterAccess): Promise<KubeConfig> {
  const config = new KubeConfig();
  const caData = (await readFile(access.certificateFile)).toString('base64');
  config.loadFromClusterAndUser(
    { name: 'sp-agent', server: access.url, caData, skipTLSVerify: false },
    { name: 'user', token: access.token },
  );
  await writeFile(file, config.exportConfig(), { mode: 0o600 });
  return config;
}
