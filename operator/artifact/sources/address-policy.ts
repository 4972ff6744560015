import { BlockList, isIP } from 'node:net';

/** True, or networks in CIDR notation such as `10.0.0.0/8`. */
export type AllowPrivate = boolean | readonly string[];

/** Which addresses a user's URL may lead to. */
export interface AddressRules {
  readonly allowPrivate: AllowPrivate;
  /** Networks that are refused whatever else is allowed. */
  readonly denied?: readonly string[];
}

/**
 * Networks that a user's URL must not reach through the operator: all of IANA's special-purpose registries
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry), multicast, and the metadata
 * services of clouds, most of which lie in them.
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
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
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
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
];

/** Decides whether the operator may connect to an IP address. @throws for a network that is not valid. */
export function createAddressPolicy(rules: AddressRules): (address: string) => boolean {
  const { allowPrivate, denied = [] } = rules;
  const refused = blockList(refusedNetworks);
  const allowed = blockList(typeof allowPrivate === 'boolean' ? [] : allowPrivate);
  const neverAllowed = blockList(denied);
  const isAllowed = (address: string): boolean => {
    const family = familyOf(address);
    if (family === undefined || neverAllowed.check(address, family)) return false;
    return allowPrivate === true || allowed.check(address, family) || !refused.check(address, family);
  };
  return (address) => {
    const inner = embeddedIpv4(address);
    return isAllowed(address) && (inner === undefined || isAllowed(inner));
  };
}

/** The IPv4 address that a translator or tunnel makes of an IPv6 address: mapped, NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056). */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const groups = groupsOf(address);
  if (groups[0] === 0x2002) return dotted(groups[1], groups[2]);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && [0, 0xffff].includes(groups[5] ?? -1);
  const isTranslated = groups[0] === 0x64 && groups[1] === 0xff9b;
  return isMapped || isTranslated ? dotted(groups[6], groups[7]) : undefined;
}

/** The eight numbers of an IPv6 address, in whatever form it is written. */
function groupsOf(address: string): number[] {
  const [plain = ''] = address.split('%');
  const text = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const [before, after] = [numbers(head), numbers(tail ?? '')];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
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
