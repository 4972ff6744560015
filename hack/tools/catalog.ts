import { argoRollouts } from './argo-rollouts.ts';
import { containerd, containerdShimRuncV2, ctr } from './containerd.ts';
import { coredns } from './coredns.ts';
import { cosign } from './cosign.ts';
import { envoy, envoyOldest } from './envoy.ts';
import { etcd } from './etcd.ts';
import { helm } from './helm.ts';
import { pilotAgent, pilotDiscovery } from './istio.ts';
import {
  kubeApiserver,
  kubeControllerManager,
  kubectl,
  kubelet,
  kubeProxy,
  kubeScheduler,
} from './kubernetes.ts';
import { kwok } from './kwok.ts';
import { nodeOldest } from './node.ts';
import { prometheus, promtool } from './prometheus.ts';
import { runc } from './runc.ts';
import type { ToolSpec } from './spec.ts';

export type ToolName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl'
  | 'kwok'
  | 'helm'
  | 'argo-rollouts'
  | 'cosign'
  | 'prometheus'
  | 'promtool'
  | 'envoy'
  | 'envoy-1.36'
  | 'node-22'
  | 'kubelet'
  | 'kube-proxy'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'runc'
  | 'coredns'
  | 'pilot-discovery'
  | 'pilot-agent';

/** Every tool, in the order in which a machine that has nothing builds them fastest. */
export const catalog: Readonly<Record<ToolName, ToolSpec>> = {
  envoy,
  'envoy-1.36': envoyOldest,
  'node-22': nodeOldest,
  prometheus,
  promtool,
  etcd,
  'kube-apiserver': kubeApiserver,
  'kube-controller-manager': kubeControllerManager,
  'kube-scheduler': kubeScheduler,
  kubectl,
  kwok,
  helm,
  'argo-rollouts': argoRollouts,
  cosign,
  kubelet,
  'kube-proxy': kubeProxy,
  containerd,
  'containerd-shim-runc-v2': containerdShimRuncV2,
  ctr,
  runc,
  coredns,
  'pilot-discovery': pilotDiscovery,
  'pilot-agent': pilotAgent,
};

/** The tools of one level and of those below it. */
export function toolsOfLevel(level: NonNullable<ToolSpec['level']>): ToolName[] {
  return (Object.keys(catalog) as ToolName[]).filter((name) => (catalog[name].level ?? Infinity) <= level);
}
