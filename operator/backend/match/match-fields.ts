import type { RequestKey } from '../protocol/exchange.ts';

/** Parts of a request that `--ignore` can leave out, so that a recording replays anywhere. */
export type IgnorableField = 'session' | 'service' | 'direction' | 'host' | 'port' | 'credentials';

export const ignorableFields: readonly IgnorableField[] = [
  ...(['session', 'service', 'direction', 'host', 'port', 'credentials'] as const),
];

/** The host without its port. */
export function withoutPort(host: string): string {
  return host.replace(/:[0-9]+$/, '');
}

export type KeyPart = readonly [name: string, value: string];

/** The parts of a key that are compared, most significant last. */
export function comparedParts(key: RequestKey, ignored: readonly IgnorableField[]): KeyPart[] {
  const host = ignored.includes('port') ? withoutPort(key.host) : key.host;
  const parts: KeyPart[] = [
    ['direction', key.direction],
    ['service', key.service],
    ['session', key.session],
    ['method', key.method],
    ['host', host],
    ['path', key.path],
  ];
  return parts.filter(([name]) => !(ignored as readonly string[]).includes(name));
}
