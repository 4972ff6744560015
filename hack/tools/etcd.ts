import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v3.6.5';
const { os, architecture } = goPlatform;
const release = `https://github.com/etcd-io/etcd/releases/download/${version}`;
const archive = `etcd-${version}-${os}-${architecture}`;

export const etcd: ToolSpec = {
  name: 'etcd',
  executable: 'etcd',
  version,
  level: 1,
  versionArguments: ['--version'],
  release: {
    url: `${release}/${archive}.tar.gz`,
    member: `${archive}/etcd`,
    checksumUrl: `${release}/SHA256SUMS`,
  },
  goBuild: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3', coldSeconds: 75 },
};
