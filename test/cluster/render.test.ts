import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { loadAll } from 'js-yaml';
import { fieldManager } from '../../operator/api/names.ts';
import type { Resource } from '../../operator/api/resource.ts';
import { createNamespace, sharedCluster, type TestNamespace } from '../support/cluster.ts';

const folder = new URL('../golden/render/', import.meta.url);

describe('rendered resources', () => {
  let namespace: TestNamespace;
  let objects: KubernetesObjectApi;

  before(async () => {
    const cluster = await sharedCluster();
    namespace = await createNamespace(cluster);
    objects = KubernetesObjectApi.makeApiClient(cluster.adminConfig);
  });

  after(async () => {
    await namespace[Symbol.asyncDispose]();
  });

  async function dryRun(resource: Resource): Promise<Resource> {
    const moved = { ...resource, metadata: { ...resource.metadata, namespace: namespace.name } };
    const taken = await objects.patch(
      moved as never,
      undefined,
      'All',
      fieldManager,
      false,
      PatchStrategy.ServerSideApply,
    );
    return taken as unknown as Resource;
  }

  for (const name of readdirSync(folder)) {
    const documents = loadAll(readFileSync(new URL(`${name}/out.yaml`, folder), 'utf8')) as Resource[];
    const resources = documents.filter(({ kind }) => kind);
    if (resources.length === 0) continue;
    it(`of ${name.replaceAll('-', ' ')} are taken with Istio’s own CRDs, and nothing of them is dropped`, async () => {
      for (const resource of resources) assert.deepEqual((await dryRun(resource)).spec, resource.spec);
    });
  }
});
