import type { KubeConfig } from '@kubernetes/client-node';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from '../image/archive.ts';
import { ensureTools } from '../tools/tool.ts';
import { containerdSocket, importImage, pauseImage, startContainerd } from './containerd.ts';
import { startCoreDns } from './coredns.ts';
import { startKubeProxy } from './kube-proxy.ts';
import { startKubelet } from './kubelet.ts';
import { killPods } from './leftovers.ts';

/** A real node on this machine. Disposing ends its pods and programs. */
export interface MeshNode extends AsyncDisposable {
  /** Imports a docker-save archive; pods use its images with `imagePullPolicy: Never`. */
  loadImage(archive: string): Promise<void>;
}

interface NodeOptions {
  /** Of an administrator; below the state directory, by which the programs of an interrupted run are found. */
  readonly kubeconfig: string;
  readonly adminConfig: KubeConfig;
  /** Everything it keeps. Short: a socket's path must stay below 108 characters. */
  readonly stateDirectory: string;
  readonly log: (line: string) => void;
}

async function loadPauseImage(containerd: string): Promise<void> {
  const output = join(containerd, 'pause.tar');
  await writeImageArchive({
    output,
    reference: pauseImage,
    layers: [[{ path: '/busybox', file: '/bin/busybox', mode: 0o755 }]],
    config: { Entrypoint: ['/busybox', 'sleep', '2147483647'] },
  });
  await importImage(containerd, output);
}

/** Starts containerd, CoreDNS, kube-proxy and the kubelet on a pod network that is there already. */
export async function startNode(options: NodeOptions): Promise<MeshNode> {
  await ensureTools([
    'runc',
    'containerd',
    'containerd-shim-runc-v2',
    'ctr',
    'coredns',
    'kube-proxy',
    'kubelet',
  ]);
  await using started = new AsyncDisposableStack();
  const { kubeconfig, stateDirectory, log } = options;
  const place = (name: string) => join(stateDirectory, name);
  const logs = place('logs');
  await mkdir(logs, { recursive: true });

  log('starting containerd');
  const containerd = place('containerd');
  const network = { cniConfiguration: place('network'), logFile: join(logs, 'containerd.log') };
  started.use(await startContainerd(containerd, network));
  await loadPauseImage(containerd);
  log('starting CoreDNS');
  started.use(await startCoreDns(place('coredns'), { kubeconfig, logFile: join(logs, 'coredns.log') }));
  started.defer(() => killPods(stateDirectory));
  log('starting the kubelet');
  const socket = containerdSocket(containerd);
  const logFile = join(logs, 'kubelet.log');
  const api = { kubeconfig, config: options.adminConfig };
  started.use(await startKubelet(place('kubelet'), { ...api, socket, logFile }));
  log('starting kube-proxy');
  started.use(await startKubeProxy(kubeconfig, join(logs, 'kube-proxy.log')));
  log('the node is ready');
  const rest = started.move();
  return {
    loadImage: (archive) => importImage(containerd, archive),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
