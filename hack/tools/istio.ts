import type { ToolSpec } from './spec.ts';

/** The module proxy serves no release tags of Istio: this is 1.31 in development. Read by go.mod too. */
const version = 'v0.0.0-20260827124520-eed52ebb66ad';

function pilot(name: string, coldSeconds: number): ToolSpec {
  return {
    name,
    executable: name,
    version,
    level: 3,
    goBuild: { module: 'istio', package: `istio.io/istio/pilot/cmd/${name}`, coldSeconds },
  };
}

export const pilotDiscovery = pilot('pilot-discovery', 300);
export const pilotAgent = pilot('pilot-agent', 60);
