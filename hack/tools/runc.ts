import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v1.3.3';
const release = `https://github.com/opencontainers/runc/releases/download/${version}`;

export const runc: ToolSpec = {
  name: 'runc',
  executable: 'runc',
  version,
  level: 2,
  versionArguments: ['--version'],
  release: { url: `${release}/runc.${goPlatform.architecture}`, checksumUrl: `${release}/runc.sha256sum` },
  goBuild: {
    module: 'runc',
    package: 'github.com/opencontainers/runc',
    tags: ['seccomp'],
    variables: { 'main.version': version.slice(1) },
    // runc enters namespaces in C, before Go's threads exist.
    cgo: ['libseccomp'],
    coldSeconds: 15,
  },
};
