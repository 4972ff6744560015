import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { startControlPlane, type ControlPlane } from '../../hack/cluster/control-plane.ts';
import { installIstioCrds } from '../../hack/cluster/istio-crds.ts';
import { kubectl } from '../../hack/cluster/kubectl.ts';
import { whyNoRegistry } from '../../hack/tools/docker-registry.ts';
import { tool } from '../../hack/tools/tool.ts';
import { startOperator, type Operator } from '../../operator/controller/operator.ts';
import { unrestrictedPolicy } from '../../operator/api/policy.ts';
import { blocksRunBy } from '../support/doc-blocks.ts';
import { clusterPrograms, startDocShell, type DocShell } from '../support/doc-shell.ts';
import { operatorOptions, patience } from '../support/operator.ts';
import { registryUser, startRegistry } from '../support/registry.ts';

/** kwok plays the pods: the chart's replicas become ready and run nothing, and an operator of the test does their work. */
const operatorNamespace = 'doc-commands';

const signedModule = 'docs/filters/signed-module.md';

/** Pages whose commands run against one cluster, in this order: the first leaves nothing behind, and the second what the others need. */
const pages = [
  'docs/install.md',
  'README.md',
  'docs/backend.md',
  'docs/spagent-rights.md',
  'docs/write-a-filter.md',
  signedModule,
];

describe('the commands of the documentation, in a cluster:', function () {
  this.timeout(4 * patience);
  const stack = new AsyncDisposableStack();
  let cluster: ControlPlane;
  let shell: DocShell;
  let operator: Operator | undefined;
  const inCluster = (...words: string[]) => kubectl(cluster.kubeconfig, words);

  /** What readers have: workloads, and a Secret. */
  async function createWorkloads(): Promise<void> {
    for (const namespace of [operatorNamespace, 'shop']) await inCluster('create', 'namespace', namespace);
    for (const namespace of ['shop', 'default'])
      await inCluster('create', 'deployment', 'checkout', '--image=checkout', '-n', namespace);
    await inCluster('create', 'secret', 'generic', 'softprobe', '--from-literal=key=x', '-n', 'shop');
  }

  /** A registry that readers have logged in to; the operator trusts it as one with a public certificate. */
  async function registryEnvironment(): Promise<Record<string, string>> {
    if (whyNoRegistry() !== undefined) return {};
    const registry = stack.use(await startRegistry('Basic'));
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, registry.certificate]);
    stack.defer(() => setDefaultCACertificates(before));
    const { username, password } = registryUser;
    const directory = join(cluster.stateDirectory, 'docker');
    const login = { auth: Buffer.from(`${username}:${password}`).toString('base64') };
    await mkdir(directory);
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [registry.host]: login } }));
    await writeFile(join(directory, 'ca.pem'), registry.certificate);
    return {
      REGISTRY: registry.host,
      REGISTRY_USER: username,
      REGISTRY_PASSWORD: password,
      DOCKER_CONFIG: directory,
      // For spagent, and for cosign.
      NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem'),
      SSL_CERT_FILE: join(directory, 'ca.pem'),
      COSIGN_PASSWORD: 'open sesame',
    };
  }

  before(async () => {
    cluster = stack.use(await startControlPlane({ nodes: 1 }));
    await installIstioCrds(cluster.kubeconfig);
    await createWorkloads();
    const { environment, programs } = await clusterPrograms(
      cluster.kubeconfig,
      join(cluster.stateDirectory, 'helm'),
    );
    shell = stack.use(
      await startDocShell({
        environment: { ...environment, ...(await registryEnvironment()) },
        programs: [...programs, dirname(await tool('cosign'))],
      }),
    );
  });
  after(async () => {
    await operator?.[Symbol.asyncDispose]();
    await stack.disposeAsync();
  });

  /** Begins as soon as its CRDs are there. */
  async function startTestOperator(): Promise<void> {
    await operator?.[Symbol.asyncDispose]();
    const options = operatorOptions(cluster, operatorNamespace);
    operator = await startOperator({ ...options, watchNamespaces: undefined, policy: unrestrictedPolicy });
  }

  for (const page of pages) {
    describe(page, () => {
      before(async function () {
        if (page !== signedModule) return;
        if (whyNoRegistry() !== undefined) this.skip();
        // The page before has an agent of the same Deployment.
        await inCluster('delete', 'spagents', '--all', '-n', 'default');
      });

      let output = '';
      for (const [index, { place, text }] of blocksRunBy(import.meta.filename, page).entries()) {
        it(`${place} run`, async () => {
          output = await shell.run(text);
          if (index === 0 && text.includes('crds/')) await startTestOperator();
        });
      }

      if (page !== signedModule) return;
      it('ends with the digest of the module that was built', async () => {
        const [built = ''] = (await shell.run('cat add-header.wasm.sha256')).match(/[0-9a-f]{64}/) ?? [];
        assert.equal(output.match(/\b[0-9a-f]{64}\b/g)?.at(-1), built, output);
      });
    });
  }
});
