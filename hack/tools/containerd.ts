import { goPlatform, type ToolSpec } from './spec.ts';

const version = 'v2.2.1';
const { os, architecture } = goPlatform;
const url = `https://github.com/containerd/containerd/releases/download/${version}/containerd-${version.slice(1)}-${os}-${architecture}.tar.gz`;

function containerdTool(name: string, coldSeconds: number, versionArguments: string[]): ToolSpec {
  return {
    name,
    executable: name,
    version,
    level: 2,
    versionArguments,
    release: { url, member: `bin/${name}`, checksumUrl: `${url}.sha256sum` },
    goBuild: {
      module: 'containerd',
      package: `github.com/containerd/containerd/v2/cmd/${name}`,
      // Snapshotters that need C libraries or that nothing here uses.
      tags: ['no_btrfs', 'no_zfs', 'no_aufs', 'no_devmapper'],
      variables: { 'github.com/containerd/containerd/v2/version.Version': version },
      coldSeconds,
    },
  };
}

export const containerd = containerdTool('containerd', 90, ['--version']);
export const containerdShimRuncV2 = containerdTool('containerd-shim-runc-v2', 15, ['-v']);
export const ctr = containerdTool('ctr', 15, ['--version']);
