import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive, type ImageConfig, type ImageEntry } from '../image/archive.ts';
import { accounts, certificateAuthorities, librariesOf, withoutDuplicates } from '../image/host-files.ts';
import { istioModuleDirectory } from '../tools/go-module.ts';
import { tool } from '../tools/tool.ts';

/** The user of Istio's own images; iptables rules distinguish the sidecar's traffic from the app's by it. */
const istioUser = 1337;

const common: ImageEntry[] = [
  { path: '/tmp', directory: true, mode: 0o1777 },
  certificateAuthorities,
  ...accounts('istio-proxy', istioUser),
];

function runAs(executable: string): ImageConfig {
  return { Entrypoint: [executable], User: `${istioUser}:${istioUser}`, WorkingDir: '/' };
}

/** The names by which istio-init calls the two variants of iptables. */
function iptablesLinks(): ImageEntry[] {
  const links: ImageEntry[] = [];
  for (const command of ['iptables', 'iptables-save', 'iptables-restore']) {
    for (const name of [command, command.replace('ip', 'ip6')]) {
      links.push({ path: `/usr/sbin/${name}`, link: 'xtables-nft-multi' });
      for (const variant of ['nft', 'legacy']) {
        const path = `/usr/sbin/${name.replace('tables', `tables-${variant}`)}`;
        links.push({ path, link: `xtables-${variant}-multi` });
      }
    }
  }
  return links;
}

async function iptables(): Promise<ImageEntry[]> {
  const programs = ['/usr/sbin/xtables-nft-multi', '/usr/sbin/xtables-legacy-multi'];
  const libraries = await Promise.all(programs.map(librariesOf));
  const directory = libraries
    .flat()
    .map(({ path }) => join(path, '..', 'xtables').replace(/^\/lib\//, '/usr/lib/'))
    .find((path) => path.startsWith('/usr/lib/'));
  if (!directory) throw new Error(`ldd names no libraries of ${programs[0]}`);
  const extensions = (await readdir(directory)).map((name) => join(directory, name));
  return [
    ...programs.map((path) => ({ path, file: path, mode: 0o755 })),
    ...libraries.flat(),
    ...extensions.map((path) => ({ path, file: path })),
    ...iptablesLinks(),
  ];
}

export async function writePilotImage(output: string): Promise<void> {
  const path = '/usr/local/bin/pilot-discovery';
  const layer = [...common, { path, file: await tool('pilot-discovery'), mode: 0o755 }];
  await writeImageArchive({ output, reference: 'local/pilot:1', layers: [layer], config: runAs(path) });
}

export async function writeProxyImage(output: string): Promise<void> {
  const path = '/usr/local/bin/pilot-agent';
  const envoy = await tool('envoy');
  const template = join(await istioModuleDirectory(), 'tools/packaging/common/envoy_bootstrap.json');
  const layer = withoutDuplicates([
    ...common,
    { path, file: await tool('pilot-agent'), mode: 0o755 },
    { path: '/usr/local/bin/envoy', file: envoy, mode: 0o755 },
    ...(await librariesOf(envoy)),
    { path: '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json', file: template, mode: 0o644 },
    ...(await iptables()),
  ]);
  await writeImageArchive({ output, reference: 'local/proxyv2:1', layers: [layer], config: runAs(path) });
}
