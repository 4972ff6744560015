import { join } from 'node:path';
import { istioModuleDirectory } from '../tools/go-module.ts';
import { kubectl } from './kubectl.ts';

/** Installs Istio's own CRDs, without Istio, and waits until the API server serves them. */
export async function installIstioCrds(kubeconfig: string): Promise<void> {
  const file = join(await istioModuleDirectory(), 'manifests/charts/base/files/crd-all.gen.yaml');
  await kubectl(kubeconfig, ['apply', '--server-side', '-f', file]);
  await kubectl(kubeconfig, ['wait', '--for=condition=Established', '--timeout=30s', '-f', file]);
}
