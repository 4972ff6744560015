import type { KubeConfig } from '@kubernetes/client-node';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startControlPlane } from '../cluster/control-plane.ts';
import { rememberKernelSettings } from '../node/kernel-settings.ts';
import { removeLeftovers, requireNoForeignNode } from '../node/leftovers.ts';
import { createPodNetwork, podNetwork, requireFreeRange } from '../node/network.ts';
import { startNode, type MeshNode } from '../node/node.ts';
import { ensurePackages, whyNoNode } from '../node/prerequisites.ts';
import { toolsOfLevel } from '../tools/catalog.ts';
import { ensureTools } from '../tools/tool.ts';
import { writePilotImage, writeProxyImage } from './istio-images.ts';
import { installIstio } from './istio.ts';
import { claimMesh, meshOwner } from './owner.ts';

/** A machine has one mesh, in one place. A socket below it must have a path of less than 108 characters. */
export const meshDirectory = '/var/lib/sp-agent';

/** A Kubernetes cluster of one real node with a real Istio on it. Disposing leaves nothing of it behind. */
export interface Mesh extends AsyncDisposable {
  /** Path of a kubeconfig file of a cluster administrator. */
  readonly kubeconfig: string;
  readonly adminConfig: KubeConfig;
  /** Imports a docker-save archive; pods use its images with `imagePullPolicy: Never`. */
  loadImage(archive: string): Promise<void>;
}

export function meshKubeconfig(stateDirectory: string): string {
  return join(stateDirectory, 'kubeconfig');
}

/** Gets everything that a mesh needs onto this machine: packages and tools. May take long the first time. */
export async function prepareMachine(log: (line: string) => void): Promise<void> {
  const reason = whyNoNode();
  if (reason) throw new Error(reason);
  await ensurePackages(log);
  await ensureTools(toolsOfLevel(3));
}

/** Takes down what an earlier run has left, and refuses where a living one or something foreign is in the way. */
async function clearTheWay(stateDirectory: string): Promise<void> {
  const owner = await meshOwner(stateDirectory);
  if (owner !== undefined) {
    throw new Error(
      `a mesh is up already, held by process ${owner}; take it down with: npm run mesh -- down`,
    );
  }
  await requireNoForeignNode(stateDirectory);
  await removeLeftovers(stateDirectory);
  requireFreeRange();
}

async function loadImages(node: MeshNode, stateDirectory: string): Promise<void> {
  for (const write of [writePilotImage, writeProxyImage]) {
    const archive = join(stateDirectory, 'image.tar');
    await write(archive);
    await node.loadImage(archive);
    await rm(archive);
  }
}

/** Starts a mesh on this machine, which must be Linux, as root. It ends when it is disposed, or with this process. */
export async function startMesh(options: {
  /** Gets a line for each thing that happens. */
  readonly log: (line: string) => void;
}): Promise<Mesh> {
  const { log } = options;
  const stateDirectory = meshDirectory;
  await prepareMachine(log);
  await clearTheWay(stateDirectory);
  await using started = new AsyncDisposableStack();
  await mkdir(stateDirectory, { recursive: true, mode: 0o755 });
  await claimMesh(stateDirectory);
  started.defer(() => removeLeftovers(stateDirectory));
  await rememberKernelSettings(stateDirectory);
  started.use(await createPodNetwork(join(stateDirectory, 'network')));
  const controlPlane = started.use(await startControlPlane({ podsReach: podNetwork.hostAddress, log }));
  const { adminConfig } = controlPlane;
  const kubeconfig = meshKubeconfig(stateDirectory);
  await copyFile(controlPlane.kubeconfig, kubeconfig);
  const node = started.use(await startNode({ kubeconfig, adminConfig, stateDirectory, log }));
  log("loading Istio's images");
  await loadImages(node, stateDirectory);
  await installIstio(kubeconfig, log);
  const rest = started.move();
  return {
    kubeconfig,
    adminConfig,
    loadImage: (archive) => node.loadImage(archive),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
