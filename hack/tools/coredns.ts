import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v1.15.0';
const { os, architecture } = goPlatform;
const url = `https://github.com/coredns/coredns/releases/download/${version}/coredns_${version.slice(1)}_${os}_${architecture}.tgz`;

export const coredns: ToolSpec = {
  name: 'coredns',
  executable: 'coredns',
  version,
  level: 2,
  versionArguments: ['-version'],
  release: { url, member: 'coredns', checksumUrl: `${url}.sha256` },
  goBuild: { module: 'coredns', package: 'github.com/coredns/coredns', coldSeconds: 180 },
};
