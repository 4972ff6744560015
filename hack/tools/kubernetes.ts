import { goPlatform, type GoBuild, type ToolSpec } from './spec.ts';

const version = 'v1.36.3';

// Without these a build from source calls itself v0.0.0, and what asks for the version (Istio, Helm) takes it for
// an ancient cluster.
const versionVariables = Object.fromEntries(
  ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    [`${path}.gitVersion`, version],
    [`${path}.gitMajor`, '1'],
    [`${path}.gitMinor`, '36'],
  ]),
);

function kubernetesTool(
  name: string,
  options: Required<Pick<ToolSpec, 'level'>> & Pick<GoBuild, 'coldSeconds'> & { versionArguments?: string[] },
): ToolSpec {
  const url = `https://dl.k8s.io/${version}/bin/${goPlatform.os}/${goPlatform.architecture}/${name}`;
  return {
    name,
    executable: name,
    version,
    level: options.level,
    versionArguments: options.versionArguments ?? ['--version'],
    release: { url, checksumUrl: `${url}.sha256` },
    goBuild: {
      module: 'kubernetes',
      package: `k8s.io/kubernetes/cmd/${name}`,
      variables: versionVariables,
      coldSeconds: options.coldSeconds,
    },
  };
}

export const kubeApiserver = kubernetesTool('kube-apiserver', { level: 1, coldSeconds: 400 });
export const kubeControllerManager = kubernetesTool('kube-controller-manager', { level: 1, coldSeconds: 80 });
export const kubeScheduler = kubernetesTool('kube-scheduler', { level: 1, coldSeconds: 15 });
export const kubectl = kubernetesTool('kubectl', {
  level: 1,
  coldSeconds: 60,
  versionArguments: ['version', '--client'],
});
export const kubelet = kubernetesTool('kubelet', { level: 2, coldSeconds: 120 });
export const kubeProxy = kubernetesTool('kube-proxy', { level: 2, coldSeconds: 20 });
