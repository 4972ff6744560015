import { goPlatform, type ToolSpec } from './spec.ts';

/** That of Debian 12. */
const version = '2.42.0';
const { os, architecture } = goPlatform;
const release = `https://github.com/prometheus/prometheus/releases/download/v${version}`;
const archive = `prometheus-${version}.${os}-${architecture}`;

function prometheusTool(name: string): ToolSpec {
  return {
    name,
    executable: name,
    version: `v${version}`,
    level: 1,
    versionArguments: ['--version'],
    release: {
      url: `${release}/${archive}.tar.gz`,
      member: `${archive}/${name}`,
      checksumUrl: `${release}/sha256sums.txt`,
    },
    debianArchive: { package: 'prometheus', member: `usr/bin/${name}` },
  };
}

export const prometheus = prometheusTool('prometheus');
export const promtool = prometheusTool('promtool');
