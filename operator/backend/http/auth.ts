import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from './answer.ts';

/**
 * Checks the token that the backend was started with: `authorization: Bearer`, `x-public-key`, or the password of
 * `authorization: Basic`, which browsers ask for and keep by themselves.
 * @throws HttpError 401 without a token, 403 with a wrong one.
 */
export function authenticate(headers: IncomingHttpHeaders, token: string | undefined): void {
  if (token === undefined) return;
  const given = tokenIn(headers);
  const challenge = { 'www-authenticate': 'Basic realm="SP Agent development backend", charset="UTF-8"' };
  if (given === undefined) {
    throw new HttpError(
      [401, 'missing_bearer_token'],
      'this backend was started with --token-env: send the token as "authorization: Bearer TOKEN"',
      challenge,
    );
  }
  if (isEqual(given, token)) return;
  // A browser asks again only after a 401.
  const isBrowser = headers.authorization?.toLowerCase().startsWith('basic ') ?? false;
  throw new HttpError(
    [isBrowser ? 401 : 403, 'invalid_bearer_token'],
    'the token is not the one that this backend was started with',
    isBrowser ? challenge : {},
  );
}

function tokenIn({ authorization = '', 'x-public-key': publicKey }: IncomingHttpHeaders): string | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return credentials;
    case 'basic':
      return Buffer.from(credentials, 'base64').toString('utf8').split(':').slice(1).join(':');
    default:
      return typeof publicKey === 'string' && publicKey !== '' ? publicKey : undefined;
  }
}

function isEqual(given: string, token: string): boolean {
  const digest = (value: string) => hash('sha256', value, 'buffer');
  // Digests have one length, so that the time that it takes depends on neither length nor content.
  return timingSafeEqual(digest(given), digest(token));
}
