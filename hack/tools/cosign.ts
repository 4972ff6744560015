import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v3.0.2';
const { os, architecture } = goPlatform;
const release = `https://github.com/sigstore/cosign/releases/download/${version}`;

export const cosign: ToolSpec = {
  name: 'cosign',
  executable: 'cosign',
  version,
  level: 1,
  versionArguments: ['version'],
  release: { url: `${release}/cosign-${os}-${architecture}`, checksumUrl: `${release}/cosign_checksums.txt` },
  goBuild: {
    module: 'cosign',
    package: 'github.com/sigstore/cosign/v3/cmd/cosign',
    variables: { 'sigs.k8s.io/release-utils/version.gitVersion': version },
    coldSeconds: 300,
  },
};
