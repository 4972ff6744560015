import assert from 'node:assert/strict';
import { spagent as run } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { patience, startWorld, type World } from '../support/operator.ts';

describe('spagent against a cluster', () => {
  let world: World;
  let kubeconfig: string;
  before(async () => {
    const cluster = await sharedCluster();
    kubeconfig = cluster.kubeconfig;
    world = await startWorld(cluster);
    await world.createDeployment('checkout');
    // A kind is served a moment after its definition is called established.
    await eventually('SpAgent is served', () => world.list('SpAgent').then(() => true), patience);
  });
  after(() => world[Symbol.asyncDispose]());

  const spagent = (...words: string[]) => run(...words, '--kubeconfig', kubeconfig, '-n', world.namespace);
  const deployModule = (path: string, ...words: string[]) => {
    const { url, digest } = world.moduleAt(path);
    const filter = ['--filter-url', url, '--filter-digest', digest];
    return spagent('deploy', 'checkout', '-l', 'app=checkout', ...filter, ...words);
  };
  const deploy = (...words: string[]) => deployModule('/ok-1', ...words);

  it('says that there is no agent', async () => {
    const { code, out, note } = await spagent('status');
    assert.equal(code, 0, note);
    assert.match(out, new RegExp(`^no SpAgent in namespace ${world.namespace};`));
    const missing = await spagent('status', 'checkout');
    assert.equal(missing.code, 1);
    assert.match(missing.note, /SpAgent \S+\/checkout: not found/);
  });

  it('deploys an agent and waits until it is Ready', async () => {
    const { code, note } = await deploy('--timeout', '60s');
    assert.equal(code, 0, note);
    assert.match(note, /applied\n[^]*SpAgent \S+\/checkout: Ready\n$/);
  });

  it('shows it as a table, as a tree and as an object', async () => {
    const table = await spagent('status');
    assert.match(table.out, /checkout +True +Healthy +2\/2 +[0-9a-f]{12} +1 /);
    const detail = await spagent('status', 'checkout');
    assert.match(
      detail.out,
      /└─ revision 1 [0-9a-f]{12} +target, stable +\S+\n {3}└─ Deployment\/checkout +2 verified +2\/2\n/,
    );
    assert.equal(detail.out.match(/[├└]─ checkout-\S+ +✓ Ready/g)?.length, 2);
    assert.equal((await spagent('status', '-o', 'name')).out, 'spagent.softprobe.ai/checkout\n');
    const json = JSON.parse((await spagent('status', 'checkout', '-o', 'json')).out) as { kind: string };
    assert.equal(json.kind, 'SpAgent');
    const all = JSON.parse(
      (await run('status', '-A', '-o', 'json', '--kubeconfig', kubeconfig)).out,
    ) as unknown[];
    assert.ok(all.length >= 1);
  });

  it('shows its history', async () => {
    assert.match((await spagent('history', 'checkout')).out, /1 +[0-9a-f]{12} +[0-9a-f]{12} +Stable/);
  });

  it('pauses the present revision alone, and resumes', async () => {
    const pause = async () => {
      const { metadata } = await world.get('SpAgent', 'checkout');
      return (metadata as { annotations?: Record<string, string> }).annotations?.['softprobe.ai/pause'];
    };
    await spagent('pause', 'checkout');
    assert.equal(await pause(), (await world.status('checkout')).targetRevision);
    await spagent('resume', 'checkout');
    assert.equal(await pause(), undefined);
  });

  it('asks nothing of a rollout that is complete', async () => {
    const promoted = await spagent('promote', 'checkout');
    assert.match(promoted.note, /no step of a rollout is in progress; see spagent status checkout/);
    const aborted = await spagent('abort', 'checkout');
    assert.match(aborted.note, /is complete; spagent undo checkout goes back/);
    assert.deepEqual([promoted.code, aborted.code], [1, 1]);
  });

  it('restarts the workloads and waits for them', async () => {
    const before = (await world.list('Pod')).map(({ metadata }) => metadata.uid);
    const { code, note } = await spagent('restart', 'checkout', '--timeout', '60s');
    assert.equal(code, 0, note);
    const now = await world.list('Pod');
    const kept = now.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined && before.includes(metadata.uid),
    );
    assert.deepEqual(kept, []);
  });

  it('finds what is wrong with the cluster', async () => {
    const { code, out } = await spagent('doctor');
    assert.match(out, /✓ API server: answers, Kubernetes v/);
    assert.match(out, /✓ SpAgent CRD: spagents\.softprobe\.ai v1alpha1 is established/);
    assert.match(out, /✓ Istio: has WasmPlugin/);
    // The operator of this test runs outside the cluster.
    assert.match(out, /✗ Operator: no Deployment .*\n {2}→ helm install sp-agent/);
    assert.match(out, /✓ Your permissions: /);
    assert.equal(code, 1);
  });

  it('goes back to the spec of the previous revision, which the operator rolls out', async () => {
    const changed = await deploy('--direction', 'Both', '--timeout', '60s');
    assert.equal(changed.code, 0, changed.note);
    assert.match((await spagent('history', 'checkout')).out, /^2 .* Stable .* direction$/m);
    const { code, out, note } = await spagent('undo', 'checkout', '--yes');
    assert.equal(code, 0, note);
    assert.match(out, /^-direction: Both\n\+direction: Outbound$/m);
    await world.condition('checkout', 'Ready', { status: 'True' });
    assert.equal((await world.status('checkout')).revisionNumber, 1);
    const again = await spagent('undo', 'checkout', '--to', '1', '--yes');
    assert.match(again.note, /its spec is already that of revision 1 /);
  });

  it('reports when a bad filter does not become Ready in time', async () => {
    const { code, note } = await deployModule('/404', '--timeout', '3s');
    assert.equal(code, 1);
    assert.match(note, /timed out after 3 s waiting for SpAgent \S+ to be Ready; spagent status shows why/);
  });

  it('does not wait for a filter that will never become Ready', async () => {
    const pin = ['--filter-digest', 'a'.repeat(64), '--timeout', '10m'];
    const { code, note } = await deploy(...pin);
    assert.equal(code, 1);
    assert.match(note, /error: SpAgent \S+\/checkout: .*SHA-256.*aaaaaaaaaaaa/);
  });

  it('removes the agent', async () => {
    const { code, note } = await spagent('remove', 'checkout');
    assert.equal(code, 0, note);
    assert.deepEqual(await world.list('SpAgent'), []);
  });
});
