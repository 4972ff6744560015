/** What a registry asks for in `www-authenticate`: RFC 7617, and the Distribution project's token specification. */
export type Challenge =
  | { readonly scheme: 'Basic' }
  | { readonly scheme: 'Bearer'; readonly realm: string; readonly service: string | undefined };

/** @returns undefined for what no registry asks. */
export function parseChallenge(header: string): Challenge | undefined {
  const bearer = /(?:^|,\s*)Bearer\s+(.*)$/i.exec(header)?.[1];
  if (bearer === undefined) return /(?:^|,\s*)Basic\b/i.test(header) ? { scheme: 'Basic' } : undefined;
  const parameters = new Map<string, string>();
  for (const [, name = '', value = ''] of bearer.matchAll(/([A-Za-z]+)="([^"]*)"/g)) {
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  const realm = parameters.get('realm');
  return realm === undefined ? undefined : { scheme: 'Bearer', realm, service: parameters.get('service') };
}
