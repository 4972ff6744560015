import { startReadyProcess } from '../cluster/background-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { run } from '../tools/run.ts';
import { tool } from '../tools/tool.ts';
import { nodeName } from './kubelet.ts';

/** Removes the rules that kube-proxy has made, its own chains alone. */
export async function removeServiceRules(): Promise<void> {
  await run([await tool('kube-proxy'), '--cleanup'], { timeoutSeconds: 60 });
}

/**
 * Starts kube-proxy for the kubelet's node, which must be there already. It makes the addresses of services work by iptables
 * rules; disposing removes them.
 */
export async function startKubeProxy(kubeconfig: string, logFile: string): Promise<AsyncDisposable> {
  const [healthPort, metricsPort] = await freePorts(2);
  const options = {
    name: 'kube-proxy',
    command: [
      await tool('kube-proxy'),
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${nodeName}`,
      '--proxy-mode=iptables',
      '--cluster-cidr=10.244.0.0/16',
      // The limits of this machine's connection tracking stay as they are.
      '--conntrack-max-per-core=0',
      `--healthz-bind-address=127.0.0.1:${healthPort}`,
      `--metrics-bind-address=127.0.0.1:${metricsPort}`,
      '--iptables-sync-period=10s',
      '--iptables-min-sync-period=100ms',
    ],
    logFile,
  } as const;
  const probe = async () => (await fetch(`http://127.0.0.1:${healthPort}/livez`)).ok;
  const server = await startReadyProcess(options, 'kube-proxy to be healthy', { probe, deadlineSeconds: 30 });
  return {
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await removeServiceRules();
    },
  };
}
