import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v4.3.1';
const { os, architecture } = goPlatform;
const url = `https://get.helm.sh/helm-${version}-${os}-${architecture}.tar.gz`;

export const helm: ToolSpec = {
  name: 'helm',
  executable: 'helm',
  version,
  level: 1,
  versionArguments: ['version', '--short'],
  release: { url, member: `${os}-${architecture}/helm`, checksumUrl: `${url}.sha256sum` },
  goBuild: {
    module: 'helm',
    package: 'helm.sh/helm/v4/cmd/helm',
    variables: { 'helm.sh/helm/v4/internal/version.version': version },
    coldSeconds: 120,
  },
};
