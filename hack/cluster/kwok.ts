import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { join } from 'node:path';
import { tool } from '../tools/tool.ts';
import { startProcess, type BackgroundProcess } from './background-process.ts';

/** kwok plays the nodes with this annotation and leaves real ones alone. */
const played = { 'kwok.x-k8s.io/node': 'fake' };

/** A label for pods that must never become ready, as in a rolling update that has to stall. */
export const neverReadyLabel = { 'test.softprobe.ai/never-ready': 'true' };

export async function startKwok(stateDirectory: string, kubeconfig: string): Promise<BackgroundProcess> {
  const annotation = Object.entries(played)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return startProcess({
    name: 'kwok',
    command: [
      await tool('kwok'),
      `--kubeconfig=${kubeconfig}`,
      `--config=${join(import.meta.dirname, 'kwok-stages.yaml')}`,
      `--manage-nodes-with-annotation-selector=${annotation}`,
      '--node-lease-duration-seconds=40',
      '--node-ip=192.0.2.1',
      '--cidr=10.244.0.0/16',
    ],
    logFile: join(stateDirectory, 'kwok.log'),
    stopSignal: 'SIGKILL',
  });
}

/** Seconds until played nodes must be ready. */
const deadlineSeconds = 60;

/** Creates nodes `node-0`, `node-1`, ... and waits until kwok has made each of them ready. */
export async function createNodes(config: KubeConfig, count: number): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const names = Array.from({ length: count }, (_, index) => `node-${index}`);
  for (const name of names) {
    const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' };
    await core.createNode({ body: { metadata: { name, labels, annotations: played } } });
  }
  let ready = 0;
  const areReady = async () => {
    const { items } = await core.listNode();
    ready = items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    ).length;
    return ready >= count;
  };
  if (await repeatUntil(areReady, { seconds: deadlineSeconds, pollMilliseconds: 50 })) return;
  throw new Error(`${ready} of ${count} nodes are ready after ${deadlineSeconds} s; see kwok.log`);
}
