import { dirname, join } from 'node:path';
import { run } from '../tools/run.ts';
import { tool } from '../tools/tool.ts';

/**
 * Runs kubectl against a cluster of ours and returns what it printed. Neither the user's KUBECONFIG nor ~/.kube is touched.
 * @param kubeconfig path of the cluster's kubeconfig file; the discovery cache lies next to it.
 * @throws with kubectl's own message when it fails.
 */
export async function kubectl(kubeconfig: string, args: readonly string[]): Promise<string> {
  const cache = join(dirname(kubeconfig), 'kubectl-cache');
  return run([await tool('kubectl'), `--kubeconfig=${kubeconfig}`, `--cache-dir=${cache}`, ...args], {
    timeoutSeconds: 120,
  });
}
