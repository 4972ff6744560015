import { readdir, readFile, readlink, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/** Sockets of shims lie outside containerd's state directory, which only notes where. */
async function shimSockets(stateDirectory: string): Promise<string[]> {
  const tasks = join(stateDirectory, 'containerd/state/io.containerd.runtime.v2.task/k8s.io');
  const sockets: string[] = [];
  for (const task of await namesIn(tasks)) {
    const note = await readFile(join(tasks, task, 'bootstrap.json'), 'utf8').catch(() => '{}');
    const { address } = JSON.parse(note) as { address?: string };
    if (address?.startsWith('unix://')) sockets.push(address.slice('unix://'.length));
  }
  return sockets;
}

/** Links to the logs of containers, which the kubelet makes for log collectors. */
async function logLinks(stateDirectory: string): Promise<string[]> {
  const directory = '/var/log/containers';
  const links = (await namesIn(directory)).map((name) => join(directory, name));
  const targets = await Promise.all(links.map((link) => readlink(link).catch(() => '')));
  return links.filter((_, index) => targets[index]?.startsWith(`${stateDirectory}/`));
}

/** What the CNI library notes of each network interface; a pod's two notes name the same container. */
async function networkNotes(): Promise<string[]> {
  const directory = '/var/lib/cni/results';
  const names = await namesIn(directory);
  const containers = names.map((name) => /^sp-agent-([0-9a-f]{64})-/.exec(name)?.[1]);
  const ours = containers.filter((container) => container !== undefined);
  return names.filter((name) => ours.some((id) => name.includes(id))).map((name) => join(directory, name));
}

/** Removes what the node's programs put at fixed places outside the state directory, and nothing of others there. */
export async function removeScatteredFiles(stateDirectory: string): Promise<void> {
  const files = [
    ...(await shimSockets(stateDirectory)),
    ...(await logLinks(stateDirectory)),
    ...(await networkNotes()),
    // Only one kubelet can run on a machine, and it was ours.
    '/var/lib/kubelet/device-plugins/kubelet.sock',
  ];
  for (const file of files) await rm(file, { force: true });
  const folders = [
    '/run/containerd/s',
    '/run/containerd',
    '/var/lib/cni/results',
    '/var/lib/cni',
    '/var/lib/kubelet/device-plugins',
    '/var/lib/kubelet',
    '/var/log/containers',
  ];
  // Deepest first; one that holds something of others stays.
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}
