import {
  ApiextensionsV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type KubeConfig,
} from '@kubernetes/client-node';
import type { V1CustomResourceDefinition } from '@kubernetes/client-node';
import { loadAll } from 'js-yaml';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { istioModuleDirectory } from '../tools/istio-module.ts';

const deadlineSeconds = 30;

/** Installs Istio's own CRDs, without Istio, and waits until the API server serves them. */
export async function installIstioCrds(config: KubeConfig): Promise<void> {
  const file = join(await istioModuleDirectory(), 'manifests/charts/base/files/crd-all.gen.yaml');
  const crds = loadAll(await readFile(file, 'utf8')).filter(Boolean) as V1CustomResourceDefinition[];
  const objects = KubernetesObjectApi.makeApiClient(config);
  await Promise.all(
    crds.map((crd) =>
      objects.patch(crd, undefined, undefined, 'istio-crds', true, PatchStrategy.ServerSideApply),
    ),
  );
  const api = config.makeApiClient(ApiextensionsV1Api);
  const deadline = performance.now() + deadlineSeconds * 1000;
  for (const { metadata } of crds) {
    const name = metadata?.name ?? '';
    for (;;) {
      const { status } = await api.readCustomResourceDefinition({ name });
      if (
        status?.conditions?.some(
          (condition) => condition.type === 'Established' && condition.status === 'True',
        )
      )
        break;
      if (performance.now() > deadline) {
        throw new Error(`CustomResourceDefinition ${name}: not established after ${deadlineSeconds} s`);
      }
      await sleep(50);
    }
  }
}
