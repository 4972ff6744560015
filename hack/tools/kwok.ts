import type { ToolSpec } from './spec.ts';

/** No release download: the project publishes no checksums next to its binaries. */
export const kwok: ToolSpec = {
  name: 'kwok',
  executable: 'kwok',
  version: 'v0.8.0',
  level: 1,
  versionArguments: ['--version'],
  goBuild: {
    module: 'kwok',
    package: 'sigs.k8s.io/kwok/cmd/kwok',
    coldSeconds: 80,
  },
};
