import { join } from 'node:path';
import { argoRolloutsModuleDirectory } from '../tools/go-module.ts';
import { tool } from '../tools/tool.ts';
import { startProcess, type BackgroundProcess } from './background-process.ts';
import type { ControlPlane } from './control-plane.ts';
import { freePorts } from './free-ports.ts';
import { kubectl } from './kubectl.ts';

/** Those of Experiments and analyses too: the controller waits for all of them. */
const crds = ['rollout', 'analysis-run', 'analysis-template', 'cluster-analysis-template', 'experiment'];

/** Installs the CRDs of Argo Rollouts, waits until the API server serves them, and starts the controller. */
export async function startArgoRollouts({
  kubeconfig,
  stateDirectory,
}: Pick<ControlPlane, 'kubeconfig' | 'stateDirectory'>): Promise<BackgroundProcess> {
  const folder = join(await argoRolloutsModuleDirectory(), 'manifests/crds');
  const files = crds.flatMap((name) => ['-f', join(folder, `${name}-crd.yaml`)]);
  await kubectl(kubeconfig, ['apply', '--server-side', ...files]);
  await kubectl(kubeconfig, ['wait', '--for=condition=Established', '--timeout=30s', ...files]);
  const [metrics, health] = await freePorts(2);
  return startProcess({
    name: 'argo-rollouts',
    command: [
      await tool('argo-rollouts'),
      `--kubeconfig=${kubeconfig}`,
      `--metricsPort=${metrics}`,
      `--healthzPort=${health}`,
      '--leader-elect=false',
    ],
    logFile: join(stateDirectory, 'argo-rollouts.log'),
    stopSignal: 'SIGKILL',
  });
}
