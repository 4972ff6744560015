import { BlockList, isIP } from 'node:net';

/** True, or networks in CIDR notation such as `10.0.0.0/8`. */
export type AllowPrivate = boolean | readonly string[];

/**
 * Networks that a user's URL must not reach through the operator: IANA's special-purpose registries, RFC 6890, and the
 * metadata services of clouds, most of which lie in them.
 */
const refusedNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
];

/** Decides whether the operator may connect to an IP address. @throws for a network that is not valid. */
export function createAddressPolicy(allowPrivate: AllowPrivate): (address: string) => boolean {
  if (allowPrivate === true) return () => true;
  const refused = blockList(refusedNetworks);
  const allowed = blockList(allowPrivate === false ? [] : allowPrivate);
  return (address) => {
    const family = familyOf(address);
    return family !== undefined && (allowed.check(address, family) || !refused.check(address, family));
  };
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = familyOf(address);
    const length = /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (!family || !(length <= (family === 'ipv4' ? 32 : 128))) {
      throw new Error(`"${network}" is not a network; write it like 10.0.0.0/8`);
    }
    list.addSubnet(address, length, family);
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  switch (isIP(address)) {
    case 4:
      return 'ipv4';
    case 6:
      return 'ipv6';
    default:
      return undefined;
  }
}
