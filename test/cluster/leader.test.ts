import assert from 'node:assert/strict';
import { createClient, type ClusterClient } from '../../operator/cluster/client.ts';
import { standForElection, type Leadership } from '../../operator/cluster/leader-election.ts';
import { createNamespace, sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { objectsOf } from '../support/operator.ts';

const times = { duration: 1, renewDeadline: 0.6, retryPeriod: 0.1 };

async function elections() {
  await using started = new AsyncDisposableStack();
  const cluster = await sharedCluster();
  const { name: namespace } = started.use(await createNamespace(cluster));
  const stack = started.move();
  const reported: string[] = [];
  const candidate = (identity: string) => {
    const client = stack.use(createClient(cluster.kubeconfig));
    const leadership = stack.use(
      standForElection(client, {
        namespace,
        name: 'sp-agent',
        identity,
        times,
        elected: () => reported.push(`${identity} elected`),
        lost: () => reported.push(`${identity} lost`),
      }),
    );
    return { client, leadership };
  };
  const observer = stack.use(createClient(cluster.kubeconfig));
  const lease = () => objectsOf(observer, namespace).get('Lease', 'sp-agent');
  const setLease = (spec: object) => objectsOf(observer, namespace).patch('Lease', 'sp-agent', { spec });
  return { reported, candidate, lease, setLease, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const leads = (leadership: Leadership) => eventually('a leader', () => leadership.isLeader());

describe('leader election', () => {
  it('elects one, and the other when the first gives its lease back', async () => {
    await using run = await elections();
    const first = run.candidate('first');
    await leads(first.leadership);
    const second = run.candidate('second');
    const { spec } = await run.lease();
    assert.equal(spec.holderIdentity, 'first');
    assert.equal(spec.leaseDurationSeconds, 1);
    assert.match(String(spec.renewTime), /\.[0-9]{6}Z$/);
    await first.leadership[Symbol.asyncDispose]();
    await leads(second.leadership);
    assert.deepEqual(run.reported, ['first elected', 'second elected']);
  });

  it('elects the other when the first dies, and not before the end of its lease', async () => {
    await using run = await elections();
    const first = run.candidate('first');
    await leads(first.leadership);
    const second = run.candidate('second');
    // Without its client it can neither renew nor give back.
    await breakClient(first.client);
    await eventually('the first to step down', () => run.reported.includes('first lost'));
    assert.equal(second.leadership.isLeader(), false, 'two led at once');
    await leads(second.leadership);
    assert.deepEqual(run.reported, ['first elected', 'first lost', 'second elected']);
  });

  it('steps down at once when another one holds the lease', async () => {
    await using run = await elections();
    const { leadership } = run.candidate('first');
    await leads(leadership);
    await run.setLease({ holderIdentity: 'usurper', leaseDurationSeconds: 3600 });
    await eventually('the first to step down', () => run.reported.includes('first lost'));
  });

  it('waits for as long as the lease itself says', async () => {
    await using run = await elections();
    const first = run.candidate('first');
    await leads(first.leadership);
    await first.leadership[Symbol.asyncDispose]();
    await run.setLease({ holderIdentity: 'long', leaseDurationSeconds: 3600 });
    const second = run.candidate('second');
    const { metadata } = await run.lease();
    await run.setLease({ leaseDurationSeconds: 2 });
    await leads(second.leadership);
    assert.notEqual((await run.lease()).metadata.resourceVersion, metadata.resourceVersion);
    assert.equal((await run.lease()).spec.leaseTransitions, 1);
  });
});

/** Every request from now on fails, as on a machine that lost its network. */
async function breakClient(client: ClusterClient): Promise<void> {
  const [cluster] = client.config.clusters;
  assert.ok(cluster);
  client.config.clusters = [{ ...cluster, caData: Buffer.from('no certificate').toString('base64') }];
  await client[Symbol.asyncDispose]();
}
