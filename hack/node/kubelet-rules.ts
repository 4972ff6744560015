import { run } from '../tools/run.ts';

/** A chain that the kubelet makes, which no program of Kubernetes ever removes, and the built-in chains that jump to it. */
interface Chain {
  readonly table: string;
  readonly name: string;
  readonly jumpsFrom: readonly string[];
}

const chains: readonly Chain[] = [
  { table: 'filter', name: 'KUBE-FIREWALL', jumpsFrom: ['INPUT', 'OUTPUT'] },
  { table: 'filter', name: 'KUBE-KUBELET-CANARY', jumpsFrom: [] },
  { table: 'nat', name: 'KUBE-KUBELET-CANARY', jumpsFrom: [] },
  { table: 'mangle', name: 'KUBE-KUBELET-CANARY', jumpsFrom: [] },
  { table: 'mangle', name: 'KUBE-IPTABLES-HINT', jumpsFrom: [] },
];

/** Removes the kubelet's own iptables rules; one that is not there is as good as removed. */
export async function removeKubeletRules(): Promise<void> {
  for (const command of ['iptables', 'ip6tables']) {
    for (const { table, name, jumpsFrom } of chains) {
      const edit = (...args: string[]) =>
        run([command, '--wait', '--table', table, ...args], { timeoutSeconds: 10 }).catch(() => undefined);
      for (const parent of jumpsFrom) await edit('--delete', parent, '--jump', name);
      await edit('--flush', name);
      await edit('--delete-chain', name);
    }
  }
}
