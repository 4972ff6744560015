import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, loadAll } from 'js-yaml';
import { run } from '../../hack/tools/run.ts';
import { tool } from '../../hack/tools/tool.ts';
import { parseSignaturePolicy } from '../../operator/artifact/signatures/parse-policy.ts';
import { chartImage } from '../support/chart-image.ts';

const chart = fileURLToPath(new URL('../../charts', import.meta.url));

interface PodSpec {
  readonly containers: readonly { readonly args: readonly string[]; readonly image: string }[];
  readonly topologySpreadConstraints?: readonly {
    readonly topologyKey: string;
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  }[];
}

interface Manifest {
  readonly kind: string;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

async function helmTemplate(...args: string[]): Promise<string> {
  return run([await tool('helm'), 'template', 'sp-agent', chart, ...args], { timeoutSeconds: 60 });
}

const template = (...args: string[]) => helmTemplate(chartImage, ...args);

async function podSpec(...args: string[]): Promise<PodSpec | undefined> {
  const manifests = loadAll(await template(...args)) as (Manifest | null)[];
  return manifests.find((manifest) => manifest?.kind === 'Deployment')?.spec?.template?.spec;
}

async function operatorArguments(...args: string[]): Promise<readonly string[]> {
  return (await podSpec(...args))?.containers[0]?.args ?? [];
}

describe("chart's values", () => {
  it('needs the name of an image, and says how to come by one', async () => {
    await assert.rejects(helmTemplate(), {
      message: /image\.repository is required.*README\.md.*--set image\.repository=REGISTRY\/sp-agent/s,
    });
  });

  it('names the image by tag, and by digest where one is given', async () => {
    const image = async (...args: string[]) => (await podSpec(...args))?.containers[0]?.image;
    const { appVersion } = load(await readFile(join(chart, 'Chart.yaml'), 'utf8')) as { appVersion: string };
    assert.equal(await image(), `registry.example.com/sp-agent:${appVersion}`);
    const digest = `sha256:${'a'.repeat(64)}`;
    const pinned = await image('--set', `image.digest=${digest},image.tag=v1`);
    assert.equal(pinned, `registry.example.com/sp-agent:v1@${digest}`);
  });

  it('gives the operator the flags of extraArgs last, and pods the constraints of the values', async () => {
    const args = await operatorArguments('--set=operator.extraArgs={--concurrency=8,--log-level=debug}');
    assert.deepEqual(args.slice(-2), ['--concurrency=8', '--log-level=debug']);
    const keys = async (...args: string[]) =>
      (await podSpec(...args))?.topologySpreadConstraints?.map(({ topologyKey, labelSelector }) => [
        topologyKey,
        labelSelector.matchLabels['app.kubernetes.io/name'],
      ]);
    assert.deepEqual(await keys(), [
      ['kubernetes.io/hostname', 'sp-agent'],
      ['topology.kubernetes.io/zone', 'sp-agent'],
    ]);
    const rack =
      '--set-json=topologySpreadConstraints=[{"maxSkew":2,"topologyKey":"rack","whenUnsatisfiable":"DoNotSchedule"}]';
    assert.deepEqual(await keys(rack), [['rack', 'sp-agent']]);
  });

  it('gives the operator the policy for signatures as a file, which restarts it when it changes', async () => {
    const flag = /^--signature-policy=/;
    assert.ok(!(await operatorArguments()).some((argument) => flag.test(argument)));
    const rendered = await template('--set=operator.verification.required=true');
    const policy = (loadAll(rendered) as ((Manifest & { data?: Record<string, string> }) | null)[]).find(
      (manifest) => manifest?.kind === 'ConfigMap',
    );
    const text = policy?.data?.['policy.json'] ?? '';
    assert.equal(parseSignaturePolicy(text).isRequired, true);
    assert.match(rendered, new RegExp(`softprobe.ai/signature-policy: ${hash('sha256', text)}`));
  });

  const nonsense: Record<string, [value: string, field: RegExp]> = {
    'no replicas': ['replicas=0', /replicas/],
    'an unknown value': ['replica=2', /replica/],
    'an unknown log level': ['operator.logLevel=loud', /logLevel/],
    'a bad namespace': ['watchNamespaces={A B}', /watchNamespaces/],
    'an argument that is no flag': ['operator.extraArgs={debug}', /extraArgs/],
    'a digest of another form': ['image.digest=latest', /digest/],
    'a bad port': ['service.port=70000', /port/],
    'the port of the metrics': ['service.port=9090', /port/],
    'a share of workloads without its sign': ['operator.maxWorkloadsInMotion=5x', /maxWorkloadsInMotion/],
    'a network without its length': ['operator.allowPrivateUrls={10.0.0.0}', /allowPrivateUrls/],
    'a label that selectors use': ['podLabels.app\\.kubernetes\\.io/name=other', /podLabels/],
    'a budget that keeps all replicas': ['podDisruptionBudget.minAvailable=2', /no node could be drained/],
    'a share that comes to all replicas': [
      'podDisruptionBudget.minAvailable=51%',
      /no node could be drained/,
    ],
  };
  for (const [what, [value, field]] of Object.entries(nonsense)) {
    it(`refuses ${what} in its values`, async () => {
      await assert.rejects(template(`--set=${value}`), { message: field });
    });
  }
});
