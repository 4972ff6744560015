import assert from 'node:assert/strict';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { selfSigned } from '../../hack/cluster/self-signed.ts';
import { eventually } from '../support/eventually.ts';
import { operatorInstalled } from './support/operator.ts';
import { assertReplayedAt } from './support/replay.ts';
import { describeOnMesh, sharedMesh } from './support/shared-mesh.ts';
import {
  applyAgent,
  assertTrafficUnharmed,
  awaitReady,
  checkout,
  checkoutUrl,
  deleteAgent,
  inventoryUrl,
  shop,
  shopOpen,
  trafficClient,
} from './support/shop.ts';
import { applyObjects, podOf, sendFrom, workload } from './support/workload.ts';

let counter = 0;

/** What inventory answered to checkout, which the client asked for it. Each time the client asks in another way. */
async function askThroughCheckout(path: string, headers: Record<string, string>): Promise<number> {
  const { client } = await sharedMesh();
  const to = encodeURIComponent(inventoryUrl + path);
  const url = `${checkoutUrl}/forward?n=${process.pid}-${(counter += 1)}&to=${to}`;
  const { status, body } = await sendFrom(client, await podOf(client, trafficClient), { url, headers });
  assert.equal(status, 200, body);
  const answer = JSON.parse(body) as { served: number; headers: Record<string, string> };
  assert.equal(answer.headers['x-softprobe-session-id'], undefined, 'checkout copies W3C headers only');
  return answer.served;
}

describeOnMesh('a session beyond the first hop', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
    await applyAgent({ direction: 'Both', lookup: { when: 'Session' } });
    await awaitReady();
  });
  afterEach(assertTrafficUnharmed);
  after(deleteAgent);

  it('is replayed to an application that hands on W3C trace context only', async () => {
    const path = `/orders/${process.pid}-session`;
    const headers = { 'x-softprobe-session-id': `hops-${process.pid}` };
    const seen = [await askThroughCheckout(path, headers)];
    await eventually("the recorded response to checkout's own request", async () => {
      const served = await askThroughCheckout(path, headers);
      if (seen.includes(served)) return true;
      seen.push(served);
      return undefined;
    });
  });

  it('leaves requests without a session alone', async () => {
    const path = `/orders/${process.pid}-none`;
    const served = new Set<number>();
    for (let time = 0; time < 4; time += 1) served.add(await askThroughCheckout(path, {}));
    assert.equal(served.size, 4);
  });
});

const payments = { namespace: shop, name: 'payments' };
const paymentsHost = 'payments.example';
/** Stands for the address that DNS would give. */
const paymentsAddress = '240.240.0.7';

/** The recipe of docs/modes.md, to a server whose certificate no public authority has signed. */
function originateTls(address: string): object[] {
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata: payments,
      spec: {
        hosts: [paymentsHost],
        addresses: [paymentsAddress],
        ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }],
        resolution: 'STATIC',
        endpoints: [{ address }],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: payments,
      spec: {
        host: paymentsHost,
        trafficPolicy: { tls: { mode: 'SIMPLE', sni: paymentsHost, insecureSkipVerify: true } },
      },
    },
  ];
}

describeOnMesh('HTTPS that the sidecar begins for the application', () => {
  before(async () => {
    await Promise.all([operatorInstalled(), shopOpen()]);
    const { mesh, client } = await sharedMesh();
    await applyObjects(
      mesh.kubeconfig,
      workload({ ...payments, tls: await selfSigned([`DNS:${paymentsHost}`]) }),
    );
    const isRolled = ['rollout', 'status', `deployment/${payments.name}`, '-n', shop, '--timeout=90s'];
    await kubectl(mesh.kubeconfig, isRolled);
    const { name } = await podOf(client, payments);
    const podIp = ['get', 'pod', name, '-n', shop, '-o', 'jsonpath={.status.podIP}'];
    await applyObjects(mesh.kubeconfig, originateTls((await kubectl(mesh.kubeconfig, podIp)).trim()));
    await applyAgent();
    await awaitReady();
  });
  afterEach(assertTrafficUnharmed);
  after(async () => {
    await deleteAgent();
    const { mesh } = await sharedMesh();
    for (const kind of ['serviceentry', 'destinationrule', 'deployment', 'service'])
      await kubectl(mesh.kubeconfig, ['delete', kind, payments.name, '-n', shop]);
  });

  it('is recorded and replayed, as the filter sees it in plain text', async () => {
    const { client } = await sharedMesh();
    const url = `http://${paymentsAddress}/orders/${process.pid}`;
    const answer = await eventually('payments to answer', async () => {
      const { status, body } = await sendFrom(client, await podOf(client, checkout), { url: `${url}?first` });
      return status === 200 ? (JSON.parse(body) as { isTls: boolean }) : undefined;
    });
    assert.ok(answer.isTls);
    await assertReplayedAt(checkout, { url, method: 'GET' });
  });
});
