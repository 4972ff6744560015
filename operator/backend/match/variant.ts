import type { Exchange, Headers } from '../protocol/exchange.ts';
import { fieldValue, listMembers } from './header-values.ts';
import { isCredential } from './credentials.ts';

/**
 * What decides, beside the key, whether a recording may answer a request: kept with each recording, so that its bodies
 * need not be read to find out.
 */
export interface Variant {
  readonly status: number;
  /** Names of request fields that the response was selected by, in lower case. */
  readonly vary: readonly string[];
  /** The request's fields that may decide. */
  readonly request: Headers;
  /** The response's fields that may decide. */
  readonly response: Headers;
}

/** Request fields that decide whether `vary` names them or not. */
const requestFields = [
  'accept',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'range',
];

const responseFields = [
  'access-control-allow-origin',
  'content-encoding',
  'content-type',
  'etag',
  'last-modified',
];

export function variantOf(exchange: Exchange): Variant {
  const vary = listMembers((fieldValue(exchange.responseHeaders, 'vary') ?? '').toLowerCase());
  return {
    status: exchange.status,
    vary,
    request: exchange.requestHeaders.filter(
      (field) => requestFields.includes(field[0]) || vary.includes(field[0]) || isCredential(field),
    ),
    response: exchange.responseHeaders.filter(([name]) => responseFields.includes(name)),
  };
}
