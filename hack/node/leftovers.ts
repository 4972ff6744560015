import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../tools/run.ts';
import { restoreKernelSettings } from './kernel-settings.ts';
import { removeServiceRules } from './kube-proxy.ts';
import { removeKubeletRules } from './kubelet-rules.ts';
import { deletePodNetwork } from './network.ts';
import { removeScatteredFiles } from './scattered-files.ts';

/** Programs that a node consists of: only these are ended, and only when they name our state directory. */
const programs = ['kubelet', 'kube-proxy', 'containerd', 'containerd-shim-runc-v2', 'coredns', 'ctr', 'runc'];

interface RunningProgram {
  readonly pid: number;
  readonly path: string;
  readonly arguments: readonly string[];
}

async function runningPrograms(names: readonly string[]): Promise<RunningProgram[]> {
  const found: RunningProgram[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // A process may end while we look.
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const [path, ...rest] = line.split('\0');
    if (path && names.includes(basename(path))) found.push({ pid: Number(entry), path, arguments: rest });
  }
  return found;
}

async function programsOf(stateDirectory: string): Promise<RunningProgram[]> {
  const running = await runningPrograms(programs);
  return running.filter((program) => belongsTo(stateDirectory, program));
}

function belongsTo(stateDirectory: string, program: RunningProgram): boolean {
  return program.arguments.some((argument) => argument.includes(`${stateDirectory}/`));
}

/** @throws when another node's kubelet runs here, or we run in a pod of one: it would end our pods, and we its. */
export async function requireNoForeignNode(stateDirectory: string): Promise<void> {
  if ((await readFile('/proc/self/cgroup', 'utf8')).includes('kubepods')) {
    throw new Error(
      'this is a pod of a Kubernetes node, and a node in a node would end it: use a machine of its own',
    );
  }
  for (const program of await runningPrograms(['kubelet', 'k3s', 'k0s'])) {
    if (belongsTo(stateDirectory, program)) continue;
    throw new Error(
      `process ${program.pid} (${program.path}) is a Kubernetes node, and a machine can be only one at a time: stop it first`,
    );
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** The `kubepods` cgroups: one in the unified hierarchy, else one per controller. Deepest first. */
async function podCgroups(): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const tops = ['', ...(await readdir(root))].map((controller) => join(root, controller, 'kubepods'));
  const found: string[] = [];
  for (const top of tops.filter((path) => existsSync(path))) {
    const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => []);
    found.push(top);
    for (const entry of entries) if (entry.isDirectory()) found.push(join(entry.parentPath, entry.name));
  }
  return found.sort((a, b) => b.length - a.length);
}

async function processesOfPods(): Promise<Set<number>> {
  const pids = new Set<number>();
  for (const cgroup of await podCgroups()) {
    const list = await readFile(join(cgroup, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of list.split('\n').filter(Boolean)) pids.add(Number(pid));
  }
  return pids;
}

/** Seconds until the kernel has let go of what was killed. */
const deadlineSeconds = 20;

/** Kills something until nothing of it is left. */
async function killUntilGone(what: string, list: () => Promise<Iterable<number>>): Promise<void> {
  let pids: number[] = [];
  const isGone = async () => {
    pids = [...(await list())];
    pids.forEach(signal);
    return pids.length === 0;
  };
  if (await repeatUntil(isGone, { seconds: deadlineSeconds, pollMilliseconds: 50 })) return;
  throw new Error(`${what} did not end in ${deadlineSeconds} s: processes ${pids.join(', ')}`);
}

/** Ends every container of the node and the shims that hold them. The kubelet must be gone, or it starts them again. */
export async function killPods(stateDirectory: string): Promise<void> {
  await killUntilGone('the containers of the pods', processesOfPods);
  await killUntilGone('the containerd shims', async () =>
    (await programsOf(stateDirectory))
      .filter(({ path }) => basename(path) === 'containerd-shim-runc-v2')
      .map(({ pid }) => pid),
  );
  for (const cgroup of await podCgroups()) await rmdir(cgroup).catch(() => undefined);
}

async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
    // What is mounted last lies on top.
    .reverse();
  for (const path of mounts) await run(['umount', '--lazy', path], { timeoutSeconds: 10 }).catch(() => '');
}

/**
 * Takes down a node of this state directory, however its run ended: processes, containers, mounts, cgroups, bridge,
 * iptables rules and files. Does nothing where there is none.
 */
export async function removeLeftovers(stateDirectory: string): Promise<void> {
  if (!existsSync(stateDirectory)) return;
  // The kubelet is among the first: without it nothing is started again.
  await killUntilGone('programs of an earlier node', async () =>
    (await programsOf(stateDirectory)).map(({ pid }) => pid),
  );
  await killPods(stateDirectory);
  await unmountBelow(stateDirectory);
  await removeServiceRules();
  await removeKubeletRules();
  await deletePodNetwork();
  await restoreKernelSettings(stateDirectory);
  await removeScatteredFiles(stateDirectory);
  await rm(stateDirectory, { recursive: true, force: true });
}
