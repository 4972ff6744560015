import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { load, loadAll } from 'js-yaml';
import { pino } from 'pino';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { run } from '../../hack/tools/run.ts';
import { tool } from '../../hack/tools/tool.ts';
import { chartImage } from '../support/chart-image.ts';
import { createNamespace, sharedCluster, type TestNamespace } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { backendKey, injected, startWorld } from '../support/operator.ts';

const chart = fileURLToPath(new URL('../../charts', import.meta.url));

const reviewedRights = new URL('../golden/chart/rights.yaml', import.meta.url);

/** Kind of role → resource → verb → reason. */
type ReviewedRights = Record<string, Record<string, Record<string, string>>>;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `ClusterRole apps/deployments patch`, and with names `Role coordination.k8s.io/leases sp-agent get`. */
function rightsOf(kind: string, rules: readonly Rule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => {
        const name = [group === '' ? resource : `${group}/${resource}`, ...resourceNames].join(' ');
        return verbs.map((verb) => `${kind} ${name} ${verb}`);
      }),
    ),
  );
}

interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  rules?: readonly Rule[];
  spec?: { template?: { spec: { securityContext?: object; containers: { args: string[] }[] } } };
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
    return helm('template', 'sp-agent', chart, '--namespace', namespace.name, chartImage, ...args);
  }

  async function manifests(...args: string[]): Promise<Manifest[]> {
    return (loadAll(await template(...args)) as (Manifest | null)[]).filter((manifest) => manifest !== null);
  }

  async function podSpec(...args: string[]) {
    const deployment = (await manifests(...args)).find(({ kind }) => kind === 'Deployment');
    return deployment?.spec?.template?.spec;
  }

  async function operatorArguments(...args: string[]): Promise<string[]> {
    return (await podSpec(...args))?.containers[0]?.args ?? [];
  }

  /** File of a kubeconfig for the installed chart's service account. */
  async function operatorKubeconfig(): Promise<string> {
    const token = await kubectl(cluster.kubeconfig, ['create', 'token', 'sp-agent', '-n', namespace.name]);
    const server = cluster.adminConfig.getCurrentCluster();
    assert.ok(server);
    const config = new KubeConfig();
    config.loadFromClusterAndUser(server, { name: 'operator', token: token.trim() });
    const file = join(scratch, 'operator.kubeconfig');
    await writeFile(file, config.exportConfig(), { mode: 0o600 });
    return file;
  }

  it('has nothing to complain of for helm lint', async () => {
    assert.match(await helm('lint', '--strict', chart, chartImage), /0 chart\(s\) failed/);
  });

  const variants: Record<string, string[]> = {
    'default values': [],
    'every option': [
      '--set=watchNamespaces={default}',
      '--set=priorityClassName=system-cluster-critical',
      '--set=operator.allowPrivateUrls={10.0.0.0/8},operator.logLevel=fatal,operator.verifyProxies=false,rbac.secrets=false',
      '--set=image.tag=v1,imagePullSecrets[0].name=pull,nodeSelector.disk=ssd,tolerations[0].operator=Exists',
      '--set=operator.verification.required=true,operator.verification.identities[0].issuer=a,operator.verification.identities[0].subject=b',
      '--set=grafanaDashboard.enabled=true,operator.extraArgs={--concurrency=8},topologySpreadConstraints=null',
      `--set=image.digest=sha256:${'a'.repeat(64)}`,
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

  it('asks for the rights that were reviewed and no others, each with its reason', async () => {
    const reviewed = load(await readFile(reviewedRights, 'utf8')) as ReviewedRights;
    const listed = Object.entries(reviewed).flatMap(([kind, resources]) =>
      Object.entries(resources).flatMap(([resource, verbs]) =>
        Object.entries(verbs).map(([verb, reason]) => {
          assert.ok(reason.length > 5, `${kind} ${resource} ${verb} has no reason`);
          return `${kind} ${resource} ${verb}`;
        }),
      ),
    );
    const rendered = (await manifests()).flatMap(({ kind, rules = [] }) => rightsOf(kind, rules));
    assert.deepEqual(rendered.sort(), listed.sort());
  });

  it('binds the rights to the watched namespaces alone, if there are any', async () => {
    const rendered = await manifests('--set=watchNamespaces={a,b}');
    const named = (wanted: string) =>
      rendered.filter(({ kind }) => kind === wanted).map(({ metadata }) => metadata.name);
    // All but those on SpAgents, whose finalizer must go when a namespace is deleted with the binding in it.
    assert.deepEqual(named('ClusterRoleBinding'), [`${namespace.name}-sp-agent-agents`]);
    const agents = rendered.find(
      ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name.endsWith('-agents'),
    );
    assert.deepEqual(agents?.rules, [
      { apiGroups: ['softprobe.ai'], resources: ['spagents'], verbs: ['list', 'watch', 'patch'] },
    ]);
    assert.equal(named('RoleBinding').length, 3);
  });

  it('may ask no pod through the API server, and read no ConfigMap of users, where the values say so', async () => {
    const roles = await manifests('--set=rbac.podProxy=false,operator.customFilters=Deny');
    const { rules } = roles.find(({ kind }) => kind === 'ClusterRole') ?? {};
    assert.doesNotMatch(JSON.stringify(rules), /pods\/proxy|configmaps/);
  });

  it('can be installed without the right to read Secrets', async () => {
    const rules = (await manifests('--set=rbac.secrets=false')).flatMap(({ rules }) =>
      rules ? [rules] : [],
    );
    assert.doesNotMatch(JSON.stringify(rules), /secrets/);
  });

  it('lets the operator reach the statistics of proxies, unless it asks none', async () => {
    assert.match(await template(), /port: 15020/);
    assert.doesNotMatch(await template('--set=operator.verifyProxies=false'), /15020/);
  });

  it('admits to the metrics the peers of its values alone, and nobody where there are none', async () => {
    const port = /ports: \[\{port: metrics, protocol: TCP\}\]/;
    const peers =
      '--set-json=networkPolicy.metricsFrom=[{"podSelector":{"matchLabels":{"app":"prometheus"}}}]';
    assert.match(await template(peers), /app: prometheus\n +ports: \[\{port: metrics, protocol: TCP\}\]/);
    assert.doesNotMatch(await template('--set-json=networkPolicy.metricsFrom=[]'), port);
  });

  it('makes a PrometheusRule of its alerts on request', async () => {
    const rule = (
      await manifests('--set=prometheusRule.enabled=true,prometheusRule.labels.release=kps')
    ).find(({ kind }) => kind === 'PrometheusRule');
    const alerts: unknown = load(await readFile(join(chart, 'alerts.yaml'), 'utf8'));
    assert.deepEqual(rule?.spec, alerts);
    assert.equal(rule?.metadata.labels?.['release'], 'kps');
    assert.ok(!(await manifests()).some(({ kind }) => kind === 'PrometheusRule'));
  });

  it('passes its values to the operator', async () => {
    assert.deepEqual(
      await operatorArguments(
        '--set=operator.verifyProxies=false,service.port=80,watchNamespaces={a,b}',
        '--set=operator.excludedNamespaces={kube-system},operator.customFilters=Deny',
        '--set=operator.defaultBackendUrl=http://recorder.a.svc:8787,operator.allowedBackends={*.a.svc,b:1}',
        '--set=operator.clusterDomain=corp.example,operator.maxWorkloadsInMotion=5%',
      ),
      [
        `--namespace=${namespace.name}`,
        '--listen=:8080',
        '--probe-listen=:8081',
        '--metrics-listen=:9090',
        `--module-base-url=http://sp-agent.${namespace.name}.svc:80`,
        '--leader-elect',
        '--concurrency=4',
        '--max-workloads-in-motion=5%',
        '--log-level=info',
        '--module-budget=128Mi',
        '--module-budget-namespace=32Mi',
        '--no-verify-proxies',
        '--cluster-domain=corp.example',
        '--custom-filters=Deny',
        `--excluded-namespaces=kube-system,${namespace.name}`,
        '--default-backend-url=http://recorder.a.svc:8787',
        '--allowed-backends=*.a.svc,b:1',
        '--watch-namespaces=a,b',
      ],
    );
  });

  it('lets spec.filter.url name private addresses: all, or those of some networks', async () => {
    const flag = async (value: string) =>
      (await operatorArguments(`--set=operator.allowPrivateUrls=${value}`)).filter((argument) =>
        argument.startsWith('--allow-private-urls'),
      );
    assert.deepEqual(await flag('false'), []);
    assert.deepEqual(await flag('true'), ['--allow-private-urls']);
    assert.deepEqual(await flag('{10.0.0.0/8,fd00::/8}'), ['--allow-private-urls=10.0.0.0/8,fd00::/8']);
  });

  it('leaves the ids of user and group to the platform on request', async () => {
    const usual = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    assert.deepEqual((await podSpec())?.securityContext, { ...usual, runAsUser: 65532, runAsGroup: 65532 });
    const dropped = await podSpec(
      '--set=podSecurityContext.runAsUser=null,podSecurityContext.runAsGroup=null',
    );
    assert.deepEqual(dropped?.securityContext, usual);
  });

  it('gives the operator all the rights that it uses', async () => {
    const where = ['--namespace', namespace.name];
    await helm('install', 'sp-agent', chart, chartImage, ...where);
    const refusals: string[] = [];
    const write = (line: string) => {
      if (line.includes('forbidden')) refusals.push(line);
    };
    const options = { kubeconfig: await operatorKubeconfig(), namespace: namespace.name, leaderElect: true };
    {
      await using world = await startWorld(cluster, { ...options, log: pino({ level: 'debug' }, { write }) });
      await world.create('Secret', 'key', { ...backendKey, stringData: { publicKey: 'k' } });
      await world.createDeployment('checkout', 2, injected);
      await world.createAgent('checkout', {
        backend: { publicKeySecret: { name: 'key' } },
        revisionHistoryLimit: 0,
      });
      const ready = { status: 'True', reason: 'Healthy' } as const;
      await world.condition('checkout', 'Ready', { ...ready, observedGeneration: 1 });
      await world.patch('SpAgent', 'checkout', { spec: { lookup: { strict: true } } });
      await world.condition('checkout', 'Ready', { ...ready, observedGeneration: 2 });
      const reasons = (await world.list('Event')).map((event) => event['reason'] as string);
      assert.ok(reasons.includes('RolloutComplete'), reasons.join());
      await world.remove('SpAgent', 'checkout');
      await eventually('the agent is gone', async () => (await world.list('SpAgent')).length === 0, 30_000);
      assert.deepEqual(await world.list('EnvoyFilter'), []);
    }
    assert.deepEqual(refusals, []);
    await helm('uninstall', 'sp-agent', ...where);
  });

  it('is installed, upgraded and uninstalled, and leaves the CRD', async () => {
    const where = ['--namespace', namespace.name];
    const notes = await helm('install', 'sp-agent', chart, chartImage, ...where);
    assert.match(notes, /kind: SpAgent/);
    assert.match(notes, /kubectl delete spagents --all --all-namespaces\n.*helm uninstall sp-agent/);
    await helm('upgrade', 'sp-agent', chart, chartImage, ...where, '--set=operator.logLevel=debug');
    await helm('uninstall', 'sp-agent', ...where);
    await kubectl(cluster.kubeconfig, ['get', 'crd', 'spagents.softprobe.ai']);
  });

  it('says what to do where the CRD is missing, and installs nothing', async () => {
    await using bare = await startControlPlane({ nodes: 0 });
    const install = [
      ...['install', 'sp-agent', chart, chartImage, '--namespace', 'sp-system', '--create-namespace'],
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
