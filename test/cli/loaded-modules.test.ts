import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandList } from '../../operator/cli/command-list.ts';
import { shells } from '../../operator/cli/view/completion.ts';
import { loadedModules } from '../support/loaded-modules.ts';

const agent = `apiVersion: softprobe.ai/v1alpha1
kind: SpAgent
metadata: {name: checkout}
spec: {selector: {matchLabels: {app: checkout}}}
`;

const packagesOf = (urls: readonly string[]) =>
  new Set(urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []));

describe('spagent loads only what a command needs:', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spagent-'));
    await writeFile(join(directory, 'agent.yaml'), agent);
    await writeFile(join(directory, 'index.ts'), 'export function proxy_abi_version_0_2_1(): void {}\n');
  });
  after(() => rm(directory, { recursive: true }));

  const light = [['--help'], ...shells.map((shell) => ['completion', shell])];
  for (const words of [...light, ...commandList.map(({ usage }) => [usage.replace(/ .*/, ''), '--help'])]) {
    it(`${words.join(' ')} loads one package, for the command line`, async () => {
      assert.deepEqual([...packagesOf(await loadedModules(...words))], ['commander']);
    });
  }

  const withoutCluster: readonly (readonly [string, () => string[]])[] = [
    ['build', () => ['build', '--source', directory, '-f', join(directory, 'out.wasm')]],
    ['render', () => ['render', '-f', join(directory, 'agent.yaml'), '--digest', 'a'.repeat(64)]],
    ['test', () => ['test', '--envoy', '/nowhere']],
    ['deploy --dry-run', () => ['deploy', 'checkout', '-l', 'app=checkout', '--dry-run']],
  ];
  for (const [name, words] of withoutCluster) {
    it(`${name} loads neither the Kubernetes client nor the compiler`, async () => {
      const packages = packagesOf(await loadedModules(...words()));
      assert.ok(packages.has('commander'), 'the list of modules is not empty');
      assert.equal(packages.has('@kubernetes/client-node'), false);
      assert.equal(packages.has('assemblyscript'), false);
    });
  }

  /** Each takes a tenth of a second and more. */
  const heavy = /^(@kubernetes\/client-node|assemblyscript|@sigstore\/.*)$/;

  for (const { usage } of commandList) {
    const [name = '', argument] = usage.split(' ');
    const help = readFileSync(new URL(`../golden/cli/spagent-${name}.txt`, import.meta.url), 'utf8');
    if (!help.includes('--kubeconfig')) continue;
    it(`${name} loads no heavy package to say that there is no kubeconfig`, async () => {
      const words = [name, ...(argument?.startsWith('<') ? ['checkout'] : [])];
      const packages = packagesOf(await loadedModules(...words));
      assert.ok(packages.has('commander'), 'the list of modules is not empty');
      assert.deepEqual(
        [...packages].filter((one) => heavy.test(one)),
        [],
      );
    });
  }

  it('status loads the Kubernetes client where there is a kubeconfig', async () => {
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, 'clusters: []\n');
    const packages = packagesOf(await loadedModules('status', '--kubeconfig', kubeconfig));
    assert.ok(packages.has('@kubernetes/client-node'));
  });
});
