import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples');

describe('the examples', () => {
  for (const file of globSync(join(folder, '*.yaml')).sort()) {
    it(`${basename(file)} is taken by the API server, every field known`, async () => {
      const cluster = await sharedCluster();
      await using namespace = await createNamespace(cluster);
      await kubectl(cluster.kubeconfig, ['apply', '--validate=strict', '-n', namespace.name, '-f', file]);
    });
  }
});
