import assert from 'node:assert/strict';
import { apiPath } from '../../operator/cluster/kinds.ts';
import { spagent } from '../support/cli.ts';
import { sharedCluster } from '../support/cluster.ts';
import { startWorld, type World } from '../support/operator.ts';

interface Finding {
  readonly code: string;
  readonly state: string;
  readonly message: string;
  readonly remedy?: string;
  readonly link: string;
}

const tenant = 'tenant';
/** What docs/troubleshooting.md says that doctor needs, without `pods/proxy`. */
const rules = [
  { apiGroups: ['softprobe.ai'], resources: ['spagents', 'spagentrevisions'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
  { apiGroups: ['networking.istio.io'], resources: ['sidecars'], verbs: ['list'] },
];

/** Gives the tenant these rights in the world's namespace, and none elsewhere. */
async function grant({ client, namespace }: World): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const create = (plural: string, body: object) =>
    client.json({
      method: 'POST',
      path: apiPath('apis', group, 'v1', 'namespaces', namespace, plural),
      body,
    });
  await create('roles', { metadata: { name: tenant }, rules });
  await create('rolebindings', {
    metadata: { name: tenant },
    roleRef: { apiGroup: group, kind: 'Role', name: tenant },
    subjects: [{ apiGroup: group, kind: 'User', name: tenant }],
  });
}

function deploymentWith(containers: readonly string[]) {
  const metadata = { labels: { app: 'checkout' } };
  const image = 'registry.example/istio/proxyv2:1.30.1';
  return {
    spec: {
      replicas: 2,
      selector: { matchLabels: metadata.labels },
      template: { metadata, spec: { containers: containers.map((name) => ({ name, image })) } },
    },
  };
}

describe('spagent doctor on a real API server', () => {
  let world: World;
  let kubeconfig: string;
  before(async () => {
    const cluster = await sharedCluster();
    kubeconfig = cluster.kubeconfig;
    world = await startWorld(cluster);
    await grant(world);
    await world.create('Deployment', 'checkout', deploymentWith(['app', 'istio-proxy']));
    await world.createAgent('checkout');
    await world.condition('checkout', 'Ready', { status: 'True' });
  });
  after(() => world[Symbol.asyncDispose]());

  const examine = async (...words: string[]): Promise<Map<string, Finding>> => {
    const { out } = await spagent(
      'doctor',
      '-o',
      'json',
      '--kubeconfig',
      kubeconfig,
      '-n',
      world.namespace,
      ...words,
    );
    return new Map((JSON.parse(out) as Finding[]).map((finding) => [finding.code, finding]));
  };

  it('finds no problem with rights in one namespace, and skips what they do not show', async () => {
    const findings = await examine('--as', tenant);
    const codes = (state: string) =>
      [...findings.values()].filter((finding) => finding.state === state).map(({ code }) => code);
    assert.deepEqual(codes('Bad'), [], JSON.stringify([...findings.values()], null, 1));
    // CRDs, operator, its version and modules are outside the namespace; the proxies need another right.
    assert.deepEqual(codes('Skipped'), ['SP002', 'SP004', 'SP010', 'SP006', 'SP014', 'SP015', 'SP017']);
    assert.deepEqual(codes('Doubtful'), ['SP005']);
    assert.equal(findings.get('SP008')?.message, '1 of 1 are Ready');
    assert.equal(findings.get('SP009')?.message, 'sidecars are of Istio 1.30 (Envoy 1.38)');
  });

  it('finds a Sidecar resource that hides the backend, with rights in one namespace', async () => {
    await world.create('Sidecar', 'narrow', {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      spec: { egress: [{ hosts: ['istio-system/*'] }] },
    });
    const finding = (await examine('--as', tenant)).get('SP016');
    assert.equal(finding?.state, 'Bad');
    assert.ok(
      finding.message.startsWith(`${world.namespace}/narrow hides the backend from 2 of 2 selected pods`),
    );
    assert.equal(finding.link, 'docs/troubleshooting.md#sp016');
    const [, host = ''] = /^add \.\/(\S+) to spec\.egress/.exec(finding.remedy ?? '') ?? [];
    const entries = await world.list('ServiceEntry');
    assert.deepEqual(
      entries.map(({ spec }) => (spec as { hosts: string[] }).hosts),
      [[host]],
    );
    const egress = [{ hosts: ['istio-system/*', `./${host}`] }];
    await world.patch('Sidecar', 'narrow', { spec: { egress } });
    assert.equal((await examine('--as', tenant)).get('SP016')?.state, 'Good');
  });

  it('finds a namespace where injection is off', async () => {
    await world.create('Deployment', 'bare', deploymentWith(['app']));
    await world.condition('checkout', 'Ready', { status: 'True' });
    const finding = (await examine()).get('SP011');
    assert.equal(finding?.state, 'Bad');
    assert.ok(finding.message.startsWith(`off in namespace ${world.namespace}: `), finding.message);
  });
});
