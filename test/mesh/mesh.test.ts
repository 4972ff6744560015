import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { eventually } from '../support/eventually.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import { applyObjects, podOf, sendFrom, workload } from './support/workload.ts';

const namespace = 'bare';

function namespaceObject(name: string, labels: Record<string, string>) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

describeOnMesh('a mesh without the operator', () => {
  before(async () => {
    const { mesh } = await sharedMesh();
    await applyObjects(mesh.kubeconfig, [
      namespaceObject(namespace, { 'istio-injection': 'enabled' }),
      namespaceObject('outside', {}),
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { namespace, name: 'strict' },
        spec: { mtls: { mode: 'STRICT' } },
      },
      ...workload({ namespace, name: 'server' }),
      ...workload({ namespace, name: 'client' }),
      ...workload({ namespace: 'outside', name: 'client' }),
    ]);
    for (const [ns, name] of [
      [namespace, 'server'],
      [namespace, 'client'],
      ['outside', 'client'],
    ] as const) {
      await kubectl(mesh.kubeconfig, ['rollout', 'status', `deployment/${name}`, '-n', ns, '--timeout=60s']);
    }
  });

  after(async () => {
    const { mesh } = await sharedMesh();
    await kubectl(mesh.kubeconfig, ['delete', 'namespace', namespace, 'outside', '--wait=false']);
  });

  it('carries a request with a body from sidecar to sidecar by mutual TLS', async () => {
    const { client } = await sharedMesh();
    const pod = await podOf(client, { namespace, name: 'client' });
    const url = `http://server.${namespace}:8080/orders`;
    const answer = await eventually('the server to answer', async () => {
      const result = await sendFrom(client, pod, { url, method: 'POST', body: 'two apples' });
      return result.status === 200 ? result : undefined;
    });
    const { body, headers } = JSON.parse(answer.body) as { body: string; headers: Record<string, string> };
    assert.equal(body, 'two apples');
    assert.match(
      headers['x-forwarded-client-cert'] ?? '',
      /URI=spiffe:\/\/cluster\.local\/ns\/bare\/sa\/default/,
    );
  });

  it('refuses a caller without a certificate, as STRICT mutual TLS says', async () => {
    const { client } = await sharedMesh();
    const pod = await podOf(client, { namespace: 'outside', name: 'client' });
    const url = `http://server.${namespace}:8080/orders`;
    await assert.rejects(sendFrom(client, pod, { url }), /502|fetch failed/);
  });
});
