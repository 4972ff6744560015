import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump, loadAll } from 'js-yaml';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { run } from '../../hack/tools/run.ts';
import { tool } from '../../hack/tools/tool.ts';
import { createNamespace, sharedCluster, type TestNamespace } from '../support/cluster.ts';
import { assertGolden } from '../support/golden.ts';

const chart = fileURLToPath(new URL('../../charts', import.meta.url));

interface Manifest {
  kind: string;
  metadata: { name: string };
  rules?: unknown;
  spec?: { template?: { spec: { containers: { args: string[] }[] } } };
}

describe('chart', () => {
  let cluster: ControlPlane;
  let namespace: TestNamespace;
  let scratch: string;

  before(async () => {
    cluster = await sharedCluster();
    namespace = await createNamespace(cluster);
    scratch = await mkdtemp(join(tmpdir(), 'sp-agent-chart-'));
  });

  after(async () => {
    await namespace[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true });
  });

  async function helm(...args: string[]): Promise<string> {
    const environment = {
      ...process.env,
      HELM_CACHE_HOME: join(scratch, 'cache'),
      HELM_CONFIG_HOME: join(scratch, 'config'),
      HELM_DATA_HOME: join(scratch, 'data'),
      KUBECONFIG: cluster.kubeconfig,
    };
    return run([await tool('helm'), ...args], { environment, timeoutSeconds: 60 });
  }

  function template(...args: string[]): Promise<string> {
    return helm('template', 'sp-agent', chart, '--namespace', namespace.name, ...args);
  }

  async function manifests(...args: string[]): Promise<Manifest[]> {
    return (loadAll(await template(...args)) as (Manifest | null)[]).filter((manifest) => manifest !== null);
  }

  async function operatorArguments(...args: string[]): Promise<string[]> {
    const deployment = (await manifests(...args)).find(({ kind }) => kind === 'Deployment');
    return deployment?.spec?.template?.spec.containers[0]?.args ?? [];
  }

  it('has nothing to complain of for helm lint', async () => {
    assert.match(await helm('lint', '--strict', chart), /0 chart\(s\) failed/);
  });

  const variants: Record<string, string[]> = {
    'default values': [],
    'every option': [
      '--set=watchNamespaces={default}',
      '--set=priorityClassName=system-cluster-critical',
      '--set=operator.allowPrivateUrls=true,operator.verifyProxies=false,rbac.secrets=false',
      '--set=image.tag=v1,imagePullSecrets[0].name=pull,nodeSelector.disk=ssd,tolerations[0].operator=Exists',
      '--set=service.port=80,podDisruptionBudget.minAvailable=50%,serviceAccount.annotations.a=b',
    ],
    'one replica': ['--set=replicas=1'],
  };
  for (const [what, args] of Object.entries(variants)) {
    it(`renders resources that the API server takes, with ${what}`, async () => {
      const file = join(scratch, 'manifests.yaml');
      await writeFile(file, await template(...args));
      const taken = await kubectl(cluster.kubeconfig, [
        ...['apply', '--dry-run=server', '--validate=strict', '-f', file],
      ]);
      assert.doesNotMatch(taken, /Warning/);
    });
  }

  it('asks for no more rights than were reviewed', async () => {
    const roles = (await manifests()).filter(({ rules }) => rules);
    assertGolden(
      new URL('../golden/chart/rules.yaml', import.meta.url),
      roles.map(({ kind, rules }) => dump({ kind, rules }, { lineWidth: -1 })).join('---\n'),
    );
  });

  it('binds the rights to the watched namespaces alone, if there are any', async () => {
    const kinds = (await manifests('--set=watchNamespaces={a,b}')).map(({ kind }) => kind);
    assert.ok(!kinds.includes('ClusterRoleBinding'));
    assert.equal(kinds.filter((kind) => kind === 'RoleBinding').length, 3);
  });

  it('can be installed without the right to read Secrets', async () => {
    const rules = (await manifests('--set=rbac.secrets=false')).flatMap(({ rules }) =>
      rules ? [rules] : [],
    );
    assert.doesNotMatch(JSON.stringify(rules), /secrets/);
  });

  it('passes its values to the operator', async () => {
    assert.deepEqual(
      await operatorArguments('--set=operator.verifyProxies=false,service.port=80,watchNamespaces={a,b}'),
      [
        `--namespace=${namespace.name}`,
        '--listen=:8080',
        `--module-base-url=http://sp-agent.${namespace.name}.svc:80`,
        '--leader-elect',
        '--concurrency=4',
        '--log-level=info',
        '--no-verify-proxies',
        '--watch-namespaces=a,b',
      ],
    );
  });

  const nonsense: Record<string, [value: string, field: RegExp]> = {
    'no replicas': ['replicas=0', /replicas/],
    'an unknown value': ['replica=2', /replica/],
    'an unknown log level': ['operator.logLevel=loud', /logLevel/],
    'a bad namespace': ['watchNamespaces={A B}', /watchNamespaces/],
    'a bad port': ['service.port=70000', /port/],
  };
  for (const [what, [value, field]] of Object.entries(nonsense)) {
    it(`refuses ${what} in its values`, async () => {
      await assert.rejects(template(`--set=${value}`), { message: field });
    });
  }

  it('is installed, upgraded and uninstalled, and leaves the CRD', async () => {
    const where = ['--namespace', namespace.name];
    const notes = await helm('install', 'sp-agent', chart, ...where);
    assert.match(notes, /kind: SpAgent/);
    await helm('upgrade', 'sp-agent', chart, ...where, '--set=operator.logLevel=debug');
    await helm('uninstall', 'sp-agent', ...where);
    await kubectl(cluster.kubeconfig, ['get', 'crd', 'spagents.softprobe.ai']);
  });

  it('says what to do where the CRD is missing, and installs nothing', async () => {
    await using bare = await startControlPlane({ nodes: 0 });
    const install = [
      ...['install', 'sp-agent', chart, '--namespace', 'sp-system', '--create-namespace'],
      ...['--kubeconfig', bare.kubeconfig],
    ];
    await assert.rejects(helm(...install), { message: /apply crds\/ first: kubectl apply -f crds\// });
    const left = await kubectl(bare.kubeconfig, [
      'get',
      'all,sa',
      '-A',
      '-l',
      'app.kubernetes.io/name=sp-agent',
    ]);
    assert.doesNotMatch(left, /sp-agent/);
  });
});
