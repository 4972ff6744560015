import { accessSync, constants, readFileSync } from 'node:fs';
import { ensureDebianPackages, type DebianPackage } from '../tools/debian-packages.ts';

/** Where Debian puts the CNI plug-ins. */
export const cniPlugins = '/usr/lib/cni';

const packages: readonly DebianPackage[] = [
  { name: 'containernetworking-plugins', file: `${cniPlugins}/bridge` },
  { name: 'iptables', file: '/usr/sbin/xtables-nft-multi' },
  { name: 'busybox-static', file: '/bin/busybox' },
  { name: 'iproute2', file: '/sbin/ip' },
  { name: 'ca-certificates', file: '/etc/ssl/certs/ca-certificates.crt' },
  // For runc, where it has to be built from source.
  { name: 'libseccomp-dev', file: '/usr/include/seccomp.h' },
];

/** Why this machine cannot be a node, or nothing when it can. */
export function whyNoNode(): string | undefined {
  if (process.platform !== 'linux') return `a real node needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a real node needs root';
  const lacking = lackingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  if (lacking.length > 0) return `a real node needs ${lacking.join(' and ')}, which this root has not`;
  try {
    accessSync(cgroups, constants.W_OK);
  } catch {
    return `a real node writes ${cgroups}, which is read-only here`;
  }
  return undefined;
}

const cgroups = '/sys/fs/cgroup';

/** Bits of `CapEff` (capabilities(7)): for mounts and namespaces, and for the bridge and iptables. */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 } as const;

/** What root lacks in a container that is not a privileged one. @param status proc(5), `/proc/<pid>/status` */
export function lackingCapabilities(status: string): string[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return Object.entries(capabilities).flatMap(([name, bit]) => (mask & (1n << BigInt(bit)) ? [] : [name]));
}

/** Installs the Debian packages that a node needs and this machine lacks, and says so. */
export function ensurePackages(log: (line: string) => void): Promise<void> {
  return ensureDebianPackages(packages, { neededBy: 'a node', log });
}
