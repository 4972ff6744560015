/**
 * Minor release of Istio 1 → that of Envoy 1 whose release branch its proxy is built from: by Istio's table of supported Envoy versions
 * (https://istio.io/latest/docs/releases/supported-releases/#supported-envoy-versions), for 1.25, 1.30 and 1.31 by the jobs that update
 * its proxy (github.com/istio/test-infra, pull requests 5608, 5903 and 5987). Istio chooses the branch for each release
 * by itself, and had 1.37 for 1.30 at first: a later release is not guessed.
 */
const envoyMinors: ReadonlyMap<number, number> = new Map([
  [25, 33],
  [26, 34],
  [27, 35],
  [28, 36],
  [29, 37],
  [30, 38],
  [31, 39],
]);

/** `Istio 1.30 (Envoy 1.38)`; without Envoy for a release that the table lacks. */
export function istioWithEnvoy(minor: number): string {
  const envoy = envoyMinors.get(minor);
  return `Istio 1.${minor}${envoy === undefined ? '' : ` (Envoy 1.${envoy})`}`;
}
