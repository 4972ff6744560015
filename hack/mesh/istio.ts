import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { join } from 'node:path';
import { helm } from '../cluster/helm.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { istioModuleDirectory } from '../tools/go-module.ts';

const namespace = 'istio-system';

/** Seconds that istiod gets until it validates what is applied. */
const deadlineSeconds = 60;

/** Until its certificate is known, istiod lets everything pass unchecked. */
async function awaitValidation(kubeconfig: string): Promise<void> {
  const policy = () =>
    kubectl(kubeconfig, [
      'get',
      'validatingwebhookconfiguration',
      'istio-validator-istio-system',
      '-o',
      'jsonpath={.webhooks[*].failurePolicy}',
    ]);
  const isInForce = async () => /^Fail( Fail)*$/.test((await policy()).trim());
  if (await repeatUntil(isInForce, { seconds: deadlineSeconds, pollMilliseconds: 100 })) return;
  throw new Error(
    `Istio's validating webhook is not in force after ${deadlineSeconds} s; see the log of istiod`,
  );
}

/** Installs Istio by its own charts, with images that the node has already, and waits until it serves. */
export async function installIstio(kubeconfig: string, log: (line: string) => void): Promise<void> {
  const charts = join(await istioModuleDirectory(), 'manifests', 'charts');
  const values = join(import.meta.dirname, 'istiod-values.yaml');
  const install = ['upgrade', '--install', '--create-namespace', '--namespace', namespace];
  log('installing Istio: istio-base and istiod, by their charts');
  await helm(kubeconfig, [...install, 'istio-base', join(charts, 'base')]);
  const istiod = join(charts, 'istio-control', 'istio-discovery');
  await helm(kubeconfig, [...install, 'istiod', istiod, '--values', values]);
  const status = ['rollout', 'status', 'deployment/istiod', '--namespace', namespace];
  await kubectl(kubeconfig, [...status, `--timeout=${deadlineSeconds}s`]);
  await awaitValidation(kubeconfig);
  log('istiod is ready');
}
