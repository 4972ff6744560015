import type { AnyValue, KeyValue, ResourceSpan } from './otlp.ts';

/** Header fields in their order, names in lower case. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** A body as it was on the wire. */
export interface Body {
  readonly bytes: Uint8Array;
  /** The agent kept a part only. */
  readonly truncated: boolean;
}

/** What identifies a request, apart from its body and headers. */
export interface RequestKey {
  readonly session: string;
  readonly service: string;
  /** `outbound`, `inbound`, or empty. */
  readonly direction: string;
  readonly method: string;
  /** In lower case, with the port if the request named one. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

export interface ExchangeRequest {
  readonly key: RequestKey;
  readonly requestHeaders: Headers;
  /**
   * `none` when the span states that there is none (`http.request.body.size` is 0) or has an empty one; `unknown` when it
   * states neither: the agent looks up by headers alone.
   */
  readonly requestBody: Body | 'none' | 'unknown';
}

/** One HTTP exchange, as recorded. */
export interface Exchange extends ExchangeRequest {
  readonly status: number;
  readonly responseHeaders: Headers;
  readonly responseBody: Body | undefined;
}

/** Longest value of a part of the key, in characters. Envoy takes 60 KiB of headers by default, the path included. */
const lengthMax = {
  session: 1024,
  service: 1024,
  direction: 16,
  method: 64,
  host: 1024,
  path: 65_536,
} as const;

const requestHeaderPrefix = 'http.request.header.';
const responseHeaderPrefix = 'http.response.header.';

/** Reads the request of a span. @throws with the attribute's name when one is missing or unusable. */
export function requestOf({ span, resourceAttributes }: ResourceSpan): ExchangeRequest {
  const attributes = span.attributes ?? [];
  const read = (...names: string[]) =>
    names.map((name) => textOf(find(attributes, name)) ?? '').find((value) => value !== '') ?? '';
  const bounded = (part: keyof RequestKey, value: string) => {
    if (value.length > lengthMax[part])
      throw new Error(
        `the ${part} of a span has ${value.length} characters; at most ${lengthMax[part]} are taken`,
      );
    return value;
  };
  const required = (part: keyof RequestKey, ...names: string[]) => {
    const value = read(...names);
    if (value === '')
      throw new Error(`span "${(span.name ?? '').slice(0, 200)}" has no attribute ${names[0]}`);
    return bounded(part, value);
  };
  return {
    key: {
      session: bounded('session', read('sp.session.id')),
      service: bounded(
        'service',
        read('sp.service.name') || (textOf(find(resourceAttributes, 'service.name')) ?? ''),
      ),
      direction: bounded('direction', read('sp.traffic.direction')),
      // Softprobe's own proxy agent sends pseudo-headers and no http.request.method.
      method: required('method', 'http.request.method', `${requestHeaderPrefix}:method`),
      host: required('host', 'url.host', `${requestHeaderPrefix}:authority`).toLowerCase(),
      path: required('path', 'url.path', `${requestHeaderPrefix}:path`),
    },
    requestHeaders: headers(attributes, requestHeaderPrefix),
    requestBody: requestBody(attributes),
  };
}

/** Reads a recorded span. @throws with the attribute's name when one is missing or unusable. */
export function exchangeOf(recorded: ResourceSpan): Exchange {
  const attributes = recorded.span.attributes ?? [];
  const request = requestOf(recorded);
  const status = statusOf(find(attributes, 'http.response.status_code'));
  if (status === undefined) {
    const name = (recorded.span.name ?? '').slice(0, 200);
    throw new Error(`span "${name}" has no attribute http.response.status_code`);
  }
  return {
    ...request,
    status,
    responseHeaders: headers(attributes, responseHeaderPrefix),
    responseBody: body(attributes, 'http.response.body'),
  };
}

/** The attributes that make an answer, exactly as they were recorded. */
export function answerAttributes(attributes: readonly KeyValue[]): KeyValue[] {
  return attributes.filter(({ key }) => key?.startsWith('http.response.'));
}

/** The first attribute of that name as text. */
export function attributeText(attributes: readonly KeyValue[], name: string): string | undefined {
  return textOf(find(attributes, name));
}

function find(attributes: readonly KeyValue[], name: string): AnyValue | undefined {
  return attributes.find(({ key }) => key === name)?.value;
}

function textOf(value: AnyValue | undefined): string | undefined {
  if (value?.bytesValue) return Buffer.from(value.bytesValue).toString('latin1');
  return value?.stringValue ?? value?.intValue?.toString();
}

/** Pseudo-headers have attributes of their own. */
function headers(attributes: readonly KeyValue[], prefix: string): Headers {
  return attributes.flatMap(({ key, value }) =>
    key?.startsWith(prefix) && key[prefix.length] !== ':'
      ? [[key.slice(prefix.length).toLowerCase(), textOf(value) ?? ''] as const]
      : [],
  );
}

function statusOf(value: AnyValue | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (!/^[0-9]{3}$/.test(text))
    throw new Error(`http.response.status_code is "${text.slice(0, 100)}"; three digits expected`);
  return Number(text);
}

function requestBody(attributes: readonly KeyValue[]): ExchangeRequest['requestBody'] {
  const known = body(attributes, 'http.request.body');
  if (known && (known.truncated || known.bytes.length > 0)) return known;
  if (known || textOf(find(attributes, 'http.request.body.size')) === '0') return 'none';
  return 'unknown';
}

function body(attributes: readonly KeyValue[], name: string): Body | undefined {
  const value = find(attributes, name);
  const truncated = find(attributes, `${name}.truncated`)?.boolValue ?? false;
  if (!value) return truncated ? { bytes: Buffer.alloc(0), truncated } : undefined;
  if (value.bytesValue) return { bytes: value.bytesValue, truncated };
  const text = value.stringValue ?? '';
  const encoding = textOf(find(attributes, `${name}.encoding`));
  if (encoding === undefined) return { bytes: Buffer.from(text, 'utf8'), truncated };
  if (encoding !== 'base64')
    throw new Error(`${name}.encoding is "${encoding.slice(0, 100)}"; only base64 is supported`);
  return { bytes: Buffer.from(text, 'base64'), truncated };
}
