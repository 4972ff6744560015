import { helm } from '../../../hack/cluster/helm.ts';
import { kubectl } from '../../../hack/cluster/kubectl.ts';
import { operatorImage, writeOperatorImage } from '../../../hack/image/operator-image.ts';
import { podNetwork } from '../../../hack/node/network.ts';
import { loadImage } from './load-image.ts';
import { sharedMesh } from './shared-mesh.ts';

export const operatorNamespace = 'sp-system';

export const backendImage = `${operatorImage.repository}:${operatorImage.tag}`;

let imageLoaded: Promise<void> | undefined;
let installed: Promise<void> | undefined;

/** Loads the operator's image into the mesh, once. The development backend runs from it too. */
export async function operatorImageLoaded(): Promise<void> {
  const { mesh } = await sharedMesh();
  imageLoaded ??= loadImage(mesh, writeOperatorImage);
  await imageLoaded;
}

/** Runs helm on the operator's release, as a user does. */
export async function release(
  action: 'install' | 'upgrade',
  settings: readonly string[] = [],
): Promise<void> {
  const { mesh } = await sharedMesh();
  const image = [
    `image.repository=${operatorImage.repository}`,
    `image.tag=${operatorImage.tag}`,
    'image.pullPolicy=Never',
  ];
  // The operator may ask servers that a test runs on this machine.
  const addresses = `operator.allowPrivateUrls={${podNetwork.range}}`;
  const values = [...image, addresses, ...settings].flatMap((setting) => ['--set', setting]);
  const names = ['sp-agent', 'charts/', '--namespace', operatorNamespace];
  const namespace = action === 'install' ? ['--create-namespace'] : [];
  await helm(mesh.kubeconfig, [action, ...names, ...namespace, ...values, '--wait', '--timeout=60s']);
}

async function install(): Promise<void> {
  const { mesh } = await sharedMesh();
  await operatorImageLoaded();
  await kubectl(mesh.kubeconfig, ['apply', '-f', 'crds/']);
  await release('install');
}

/** Installs the operator by its chart, for the first that asks. */
export function operatorInstalled(): Promise<void> {
  installed ??= install();
  return installed;
}

/** Uninstalls the chart; the next that asks installs it again. The CRD and the agents stay. */
export async function uninstallOperator(): Promise<void> {
  const { mesh } = await sharedMesh();
  installed = undefined;
  await helm(mesh.kubeconfig, ['uninstall', 'sp-agent', '-n', operatorNamespace, '--wait', '--timeout=60s']);
}
