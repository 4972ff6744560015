import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { ensureTools, tool } from '../tools/tool.ts';
import { awaitReady, startProcess } from './background-process.ts';
import { createCredentials, type Credentials } from './credentials.ts';
import { freePorts } from './free-ports.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { createNodes, startKwok } from './kwok.ts';
import { removeWithParent } from './watchdog.ts';

export interface ControlPlaneOptions {
  /** kwok plays this many nodes and the pods on them. Default 0: pods stay Pending. */
  readonly nodes?: number;
  /** Address of this machine by which the pods of a real node reach the API server. Default none: loopback alone. */
  readonly podsReach?: string;
  /** Gets a line for each thing that happens. */
  readonly log?: (line: string) => void;
}

/** A real Kubernetes control plane on loopback. Disposing it ends its processes and removes its files. */
export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  /** Path of a kubeconfig file of a cluster administrator. */
  readonly kubeconfig: string;
  readonly adminConfig: KubeConfig;
  /** Holds kubeconfig, data and the logs (`<program>.log`). */
  readonly stateDirectory: string;
  /** Its programs by name, for tests that let one fail. */
  readonly servers: ReadonlyMap<string, ControlPlaneServer>;
}

/** A program of the control plane. */
export interface ControlPlaneServer {
  readonly pid: () => number;
  /** Kills it. */
  stop(): Promise<void>;
  /** Starts it again as it was, with what it has on disk; does not wait until it is ready. */
  start(): void;
}

interface Places {
  readonly stateDirectory: string;
  readonly credentials: Credentials;
  readonly podsReach: string | undefined;
  readonly log: (line: string) => void;
  readonly servers: Map<string, ControlPlaneServer>;
  /** Calls this when the control plane ends. */
  atEnd(end: () => PromiseLike<void>): void;
}

async function startServer(places: Places, name: Parameters<typeof tool>[0], args: string[]) {
  const logFile = join(places.stateDirectory, `${name}.log`);
  places.log(`starting ${name}`);
  const command = [await tool(name), ...args] as const;
  // SIGKILL: what it keeps is thrown away with it.
  const start = () => startProcess({ name, command, logFile, stopSignal: 'SIGKILL' });
  let running = start();
  const stop = () => running[Symbol.asyncDispose]();
  places.atEnd(stop);
  const restart = () => {
    running = start();
  };
  places.servers.set(name, { pid: () => running.pid, stop: async () => stop(), start: restart });
  return running;
}

async function startEtcd(places: Places): Promise<string> {
  const [clientPort, peerPort] = await freePorts(2);
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const server = await startServer(places, 'etcd', [
    '--name=sp-agent',
    `--data-dir=${join(places.stateDirectory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=sp-agent=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  const probe = async () => (await fetch(`${client}/health`)).ok;
  await awaitReady(server, 'etcd to be healthy', { probe, deadlineSeconds: 30 });
  return client;
}

function addressArguments(podsReach: string | undefined): string[] {
  if (podsReach) {
    return [`--advertise-address=${podsReach}`, '--kubelet-preferred-address-types=InternalIP'];
  }
  // Played nodes have no network: this address of the documentation range is never used.
  return ['--advertise-address=192.0.2.1', '--endpoint-reconciler-type=none'];
}

async function startApiServer(places: Places, etcdUrl: string) {
  const { stateDirectory, credentials } = places;
  const [port] = await freePorts(1);
  const address = places.podsReach ?? '127.0.0.1';
  const url = `https://${address}:${port}`;
  const certificateFile = join(stateDirectory, 'certificates', 'apiserver.crt');
  const server = await startServer(places, 'kube-apiserver', [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${address}`,
    `--secure-port=${port}`,
    ...addressArguments(places.podsReach),
    `--cert-dir=${join(stateDirectory, 'certificates')}`,
    `--token-auth-file=${credentials.tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKeyFile}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
  ]);
  const readyUrl = `${url}/readyz`;
  const probe = async () => {
    if (!existsSync(certificateFile)) return false;
    const dispatcher = new Agent({ connect: { ca: await readFile(certificateFile) } });
    try {
      return (await fetch(readyUrl, { dispatcher })).ok;
    } finally {
      await dispatcher.destroy();
    }
  };
  await awaitReady(server, `${readyUrl} to say ok`, { probe, deadlineSeconds: 60 });
  const kubeconfig = join(stateDirectory, 'kubeconfig');
  const access = { url, certificateFile, token: credentials.adminToken };
  return { url, kubeconfig, certificateFile, adminConfig: await writeKubeconfig(kubeconfig, access) };
}

type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

async function startControllers(places: Places, api: ApiServer): Promise<void> {
  const client = [`--kubeconfig=${api.kubeconfig}`, '--kube-api-qps=300', '--kube-api-burst=500'];
  const alone = ['--leader-elect=false', '--secure-port=0'];
  const server = await startServer(places, 'kube-controller-manager', [
    ...client,
    ...alone,
    `--root-ca-file=${api.certificateFile}`,
    `--service-account-private-key-file=${places.credentials.serviceAccountKeyFile}`,
  ]);
  await startServer(places, 'kube-scheduler', [...client, ...alone]);
  const core = api.adminConfig.makeApiClient(CoreV1Api);
  const probe = async () => {
    // Without it no pod of the namespace is admitted.
    await core.readNamespacedServiceAccount({ name: 'default', namespace: 'default' });
    return true;
  };
  await awaitReady(server, 'service account default/default', { probe, deadlineSeconds: 60 });
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler, each on a free port of the loopback interface
 * (the API server on the address that pods reach, if there is a real node), and kwok if nodes are asked for. No kubeconfig of the user's is read or written.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const nodes = options.nodes ?? 0;
  const log = options.log ?? (() => undefined);
  await ensureTools(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok']);
  await using started = new AsyncDisposableStack();
  const stateDirectory = await mkdtemp(join(tmpdir(), 'sp-agent-'));
  removeWithParent(stateDirectory);
  started.defer(() => rm(stateDirectory, { recursive: true, force: true }));
  const places: Places = {
    stateDirectory,
    log,
    servers: new Map(),
    atEnd: (end) => {
      started.defer(end);
    },
    podsReach: options.podsReach,
    credentials: await createCredentials(stateDirectory),
  };

  const api = await startApiServer(places, await startEtcd(places));
  const controllers = startControllers(places, api);
  if (nodes > 0) {
    started.use(await startKwok(stateDirectory, api.kubeconfig));
    await createNodes(api.adminConfig, nodes);
  }
  await controllers;
  log(`control plane ready at ${api.url}`);
  const rest = started.move();
  return {
    url: api.url,
    kubeconfig: api.kubeconfig,
    adminConfig: api.adminConfig,
    stateDirectory,
    servers: places.servers,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
