import type { Check } from './check.ts';
import { istioWithEnvoy } from './envoy-of-istio.ts';
import { someOf } from './some-of.ts';
import { podName, type AgentPod } from './agent-pod.ts';

/** The oldest that docs/compatibility.md names. */
const minorMin = 28;

function minorOf({ proxyImage = '' }: AgentPod): number | undefined {
  const minor = /:v?1\.([0-9]{1,3})(?:[.-]|$)/.exec(proxyImage)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

export const istioVersion: Check = {
  code: 'SP009',
  name: 'Istio and Envoy version',
  async run(facts) {
    const pods = (await facts.pods()).filter(({ hasSidecar }) => hasSidecar);
    const minors = [...new Set(pods.map(minorOf))]
      .filter((minor) => minor !== undefined)
      .toSorted((a, b) => a - b);
    if (minors.length === 0) {
      const message =
        pods.length === 0 ? 'no selected pod has a sidecar' : 'the images of the sidecars have no version';
      return { state: 'Skipped', message };
    }
    const versions = minors.map(istioWithEnvoy).join(', ');
    const old = pods.filter((pod) => (minorOf(pod) ?? minorMin) < minorMin);
    if (old.length === 0) return { state: 'Good', message: `sidecars are of ${versions}` };
    return {
      state: 'Bad',
      message: `sidecars are of ${versions}; the filter needs ${istioWithEnvoy(minorMin)}: ${someOf(old.map(podName))}`,
      remedy:
        'upgrade Istio, then restart these workloads: a sidecar keeps the version that it was injected with',
    };
  },
};
