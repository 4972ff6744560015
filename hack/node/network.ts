import { mkdir, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { run } from '../tools/run.ts';

/** A bridge of our own: pods hang on it, the host has its first address, by which pods reach the API server and DNS. */
export const podNetwork = {
  bridge: 'spagent0',
  hostAddress: '10.244.0.1',
  range: '10.244.0.0/24',
} as const;

function ip(...args: string[]): Promise<string> {
  return run(['ip', ...args], { timeoutSeconds: 10 });
}

/** @throws when another interface of this machine already has an address of the pods' range. */
export function requireFreeRange(): void {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    const taken = addresses?.find(({ address }) => address.startsWith('10.244.'));
    if (taken && name !== podNetwork.bridge) {
      throw new Error(
        `interface ${name} has the address ${taken.address}, of the range that the mesh's pods use (10.244.0.0/16): ` +
          `another cluster runs on this machine; take it down first`,
      );
    }
  }
}

/** Makes the bridge and the CNI configuration that puts pods on it. Disposing removes the bridge. */
export async function createPodNetwork(directory: string): Promise<AsyncDisposable> {
  const { bridge, hostAddress, range } = podNetwork;
  await deletePodNetwork();
  await ip('link', 'add', bridge, 'type', 'bridge');
  await ip('address', 'add', `${hostAddress}/24`, 'dev', bridge);
  await ip('link', 'set', bridge, 'up');
  await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
  await mkdir(directory, { recursive: true });
  const configuration = {
    cniVersion: '1.0.0',
    name: 'sp-agent',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(directory, 'addresses'),
          ranges: [[{ subnet: range, gateway: hostAddress }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
  await writeFile(join(directory, '10-sp-agent.conflist'), JSON.stringify(configuration, null, 2));
  return { [Symbol.asyncDispose]: deletePodNetwork };
}

export async function deletePodNetwork(): Promise<void> {
  if (networkInterfaces()[podNetwork.bridge] === undefined && !(await linkExists())) return;
  await ip('link', 'delete', podNetwork.bridge);
}

/** An interface without an address is not among those that Node.js knows. */
async function linkExists(): Promise<boolean> {
  return (await ip('-o', 'link')).includes(` ${podNetwork.bridge}:`);
}
