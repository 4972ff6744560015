import type { ToolSpec } from './spec.ts';

/** No release download: the project publishes its controller as an image alone. Read by go.mod too. */
export const argoRollouts: ToolSpec = {
  name: 'argo-rollouts',
  executable: 'rollouts-controller',
  version: 'v1.9.1',
  level: 1,
  goBuild: {
    module: 'argo-rollouts',
    package: 'github.com/argoproj/argo-rollouts/cmd/rollouts-controller',
    coldSeconds: 180,
  },
};
