import { dirname, join } from 'node:path';
import { run } from '../tools/run.ts';
import { tool } from '../tools/tool.ts';

/**
 * Runs helm against a cluster of ours and returns what it printed. Its caches and settings lie next to the kubeconfig:
 * the user's are neither read nor written.
 * @throws with helm's own message when it fails.
 */
export async function helm(kubeconfig: string, args: readonly string[]): Promise<string> {
  const home = join(dirname(kubeconfig), 'helm');
  const environment = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(home, 'kube-cache'),
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  return run([await tool('helm'), ...args], { environment, timeoutSeconds: 300 });
}
