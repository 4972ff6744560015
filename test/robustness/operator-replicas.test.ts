import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '../../hack/cluster/background-process.ts';
import { createClient } from '../../operator/cluster/client.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { freePortFlags } from '../support/free-ports.ts';
import { objectsOf, patience } from '../support/operator.ts';

describe('two replicas of the operator', () => {
  it('both serve, one leads, and the other takes over when the first is stopped', async () => {
    const cluster = await sharedCluster();
    await using namespace = await createNamespace(cluster);
    await using client = createClient(cluster.kubeconfig);
    await using replicas = new AsyncDisposableStack();
    const start = (name: string) =>
      replicas.use(
        startProcess({
          name,
          command: [
            process.execPath,
            'operator/controller/main.ts',
            `--kubeconfig=${cluster.kubeconfig}`,
            `--namespace=${namespace.name}`,
            `--watch-namespaces=${namespace.name}`,
            ...freePortFlags,
            '--leader-elect',
          ],
          environment: { ...process.env, POD_NAME: name },
          logFile: join(cluster.stateDirectory, `${name}-${namespace.name}.log`),
        }),
      );
    const holder = async () =>
      String((await objectsOf(client, namespace.name).get('Lease', 'sp-agent')).spec.holderIdentity);
    const first = start('first');
    await eventually('the first to lead', async () => (await holder()).startsWith('first-'), patience);
    const second = start('second');
    const log = () => readFileSync(second.logFile, 'utf8');
    const urls = await eventually(
      'its addresses',
      () => /"modules":"([^"]+)","probes":"([^"]+)","metrics":"([^"]+)"/.exec(log()),
      patience,
    );
    const [, modules, probes, metrics] = urls;
    await eventually('the second to be ready', async () => (await fetch(`${probes}/readyz`)).ok, patience);
    assert.match(
      await (await fetch(`${metrics}/metrics`)).text(),
      /leader_election_master_status\{[^}]*\} 0/,
    );
    await first[Symbol.asyncDispose]();
    assert.equal(first.exit(), 'exit code 0');
    await eventually('the second to lead', async () => (await holder()).startsWith('second-'), patience);
    assert.equal((await fetch(`${probes}/healthz`)).status, 200);
    for (const path of ['metrics', 'healthz', 'readyz', 'nothing'])
      assert.equal((await fetch(`${modules}/${path}`)).status, 404);
    assert.equal((await fetch(`${probes}/metrics`)).status, 404);
  });
});
