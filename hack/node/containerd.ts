import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { startReadyProcess, type BackgroundProcess } from '../cluster/background-process.ts';
import { run } from '../tools/run.ts';
import { tool } from '../tools/tool.ts';
import { cniPlugins } from './prerequisites.ts';

/** The image of the container that holds a pod's namespaces. */
export const pauseImage = 'local/pause:1';

/** Everything that containerd writes is below this folder. */
export function containerdSocket(directory: string): string {
  return join(directory, 'containerd.sock');
}

function configuration(directory: string, cniConfiguration: string, runc: string): string {
  return `version = 3
root = '${directory}/root'
state = '${directory}/state'
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.tracing.processor.v1.otlp']

[grpc]
address = '${containerdSocket(directory)}'

[plugins.'io.containerd.cri.v1.images']
snapshotter = 'overlayfs'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = '${pauseImage}'

[plugins.'io.containerd.cri.v1.runtime']
enable_cdi = false
# A machine without CAP_SYS_RESOURCE (a container, a small VM) may not lower its own score.
restrict_oom_score_adj = true
# Where the clean-up finds what an interrupted run left.
netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ['${cniPlugins}']
conf_dir = '${cniConfiguration}'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = '${runc}'
Root = '${directory}/runc'
`;
}

/** Runs ctr on the images and containers that the kubelet sees. */
async function ctr(directory: string, args: readonly string[]): Promise<string> {
  const command = [
    await tool('ctr'),
    '--address',
    containerdSocket(directory),
    '--namespace',
    'k8s.io',
  ] as const;
  return run([...command, ...args], { timeoutSeconds: 120 });
}

/** Puts the images of a docker-save archive where pods with `imagePullPolicy: Never` find them. */
export async function importImage(directory: string, archive: string): Promise<void> {
  await ctr(directory, ['images', 'import', '--local', archive]);
}

export async function startContainerd(
  directory: string,
  { cniConfiguration, logFile }: { cniConfiguration: string; logFile: string },
): Promise<BackgroundProcess> {
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, 'config.toml');
  await writeFile(configFile, configuration(directory, cniConfiguration, await tool('runc')));
  // containerd looks for its shim on PATH.
  const shimDirectory = dirname(await tool('containerd-shim-runc-v2'));
  const options = {
    name: 'containerd',
    command: [await tool('containerd'), '--config', configFile],
    logFile,
    environment: { ...process.env, PATH: `${shimDirectory}${delimiter}${process.env['PATH'] ?? ''}` },
  } as const;
  const probe = async () => (await ctr(directory, ['version'])).includes('Server');
  return startReadyProcess(options, 'containerd to answer', { probe, deadlineSeconds: 30 });
}
