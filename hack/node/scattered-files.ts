import { once } from 'node:events';
import { readdir, readlink, rm, rmdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

const shimSocketDirectory = '/run/containerd/s';

/** Whether no process listens on a Unix socket any more. */
async function isStale(socket: string): Promise<boolean> {
  const connection = connect(socket);
  try {
    await once(connection, 'connect');
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  } finally {
    connection.destroy();
  }
}

/** Sockets of killed shims, which lie outside containerd's state directory. Those of other nodes' shims answer. */
async function shimSockets(): Promise<string[]> {
  const sockets = (await namesIn(shimSocketDirectory)).map((name) => join(shimSocketDirectory, name));
  const stale = await Promise.all(sockets.map(isStale));
  return sockets.filter((_, index) => stale[index]);
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
    ...(await shimSockets()),
    ...(await logLinks(stateDirectory)),
    ...(await networkNotes()),
    // Only one kubelet can run on a machine, and it was ours.
    '/var/lib/kubelet/device-plugins/kubelet.sock',
  ];
  for (const file of files) await rm(file, { force: true });
  const folders = [
    shimSocketDirectory,
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
