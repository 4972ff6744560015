import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { dump } from 'js-yaml';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startReadyProcess, type BackgroundProcess } from '../cluster/background-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { tool } from '../tools/tool.ts';
import { podNetwork } from './network.ts';

/** The only node of the cluster. */
export const nodeName = 'mesh-node';

function configuration(directory: string, socket: string, port: number) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: podNetwork.hostAddress,
    port,
    healthzPort: 0,
    // Only this machine and its pods reach the address; the API server has no certificate to show.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: `unix://${socket}`,
    clusterDNS: [podNetwork.hostAddress],
    clusterDomain: 'cluster.local',
    // What this machine's resolver searches is not for pods.
    resolvConf: join(directory, 'resolv.conf'),
    podLogsDir: join(directory, 'pod-logs'),
    // A developer's full disk must not stop the node.
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    syncFrequency: '5s',
    maxPods: 200,
  };
}

/** Starts a kubelet and waits until its node is ready for pods. */
export async function startKubelet(
  directory: string,
  options: { kubeconfig: string; config: KubeConfig; socket: string; logFile: string },
): Promise<BackgroundProcess> {
  await mkdir(join(directory, 'pod-logs'), { recursive: true });
  await writeFile(join(directory, 'resolv.conf'), '');
  const [port = 0] = await freePorts(1);
  const configFile = join(directory, 'config.yaml');
  await writeFile(configFile, dump(configuration(directory, options.socket, port)));
  const server = {
    name: 'kubelet',
    command: [
      await tool('kubelet'),
      `--config=${configFile}`,
      `--kubeconfig=${options.kubeconfig}`,
      `--root-dir=${directory}`,
      `--cert-dir=${join(directory, 'pki')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${podNetwork.hostAddress}`,
    ],
    logFile: options.logFile,
  } as const;
  const core = options.config.makeApiClient(CoreV1Api);
  const probe = async () => {
    const { status } = await core.readNode({ name: nodeName });
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') throw new Error(ready?.message ?? 'the node has no Ready condition yet');
    return true;
  };
  return startReadyProcess(server, `node ${nodeName} to be Ready`, { probe, deadlineSeconds: 60 });
}
