import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { helm } from '../cluster/helm.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { cacheDirectory } from '../../operator/cli/cache-directory.ts';
import { CommandMissing, run } from '../tools/run.ts';

const name = 'sp-agent';

/** The published release that has the kinds which the operator uses; its charts name its images. */
const istio = { repository: 'https://istio-release.storage.googleapis.com/charts', version: '1.30.0' };

function kubeconfigFile(): string {
  return join(cacheDirectory(process.env), 'kind', 'kubeconfig');
}

async function kind(args: readonly string[]): Promise<string> {
  try {
    return await run(['kind', ...args], { timeoutSeconds: 600 });
  } catch (error) {
    if (error instanceof CommandMissing) {
      throw new Error('kind is not on PATH: install it (https://kind.sigs.k8s.io), or leave out --provider', {
        cause: error,
      });
    }
    throw error;
  }
}

async function requireDocker(): Promise<void> {
  try {
    await run(['docker', 'info'], { timeoutSeconds: 20 });
  } catch (error) {
    throw new Error(
      'no Docker engine answers, and kind needs one: start Docker, or leave out --provider (Linux, as root)',
      { cause: error },
    );
  }
}

async function exists(): Promise<boolean> {
  return (await kind(['get', 'clusters'])).split('\n').includes(name);
}

/** Brings up the same mesh on Docker, with Istio's published charts and images, and returns the kubeconfig's path. */
export async function up(log: (line: string) => void): Promise<string> {
  await requireDocker();
  const kubeconfig = kubeconfigFile();
  await mkdir(dirname(kubeconfig), { recursive: true });
  if (await exists()) {
    await kind(['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig]);
  } else {
    log('creating the kind cluster');
    const config = join(import.meta.dirname, 'kind.yaml');
    await kind(['create', 'cluster', '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m']);
  }
  log(`installing Istio ${istio.version}`);
  const install = ['upgrade', '--install', '--create-namespace', '--namespace', 'istio-system', '--wait'];
  for (const [release, chart] of [
    ['istio-base', 'base'],
    ['istiod', 'istiod'],
  ] as const) {
    const source = ['--repo', istio.repository, '--version', istio.version];
    await helm(kubeconfig, [...install, release, chart, ...source]);
  }
  return kubeconfig;
}

export async function down(log: (line: string) => void): Promise<void> {
  await requireDocker();
  await kind(['delete', 'cluster', '--name', name]);
  log('the kind cluster is gone');
}

/** What there is, for a person to read. */
export async function status(): Promise<string> {
  await requireDocker();
  if (!(await exists())) return 'down';
  const pods = await kubectl(kubeconfigFile(), ['get', 'pods', '--all-namespaces']);
  return `up\nexport KUBECONFIG=${kubeconfigFile()}\n\n${pods}`;
}
