import { createHash } from 'node:crypto';
import type { AnyValue, KeyValue, ResourceSpan } from './otlp.ts';

/** A body as it was on the wire. */
export interface Body {
  readonly bytes: Uint8Array;
  /** The filter kept a part only. */
  readonly truncated: boolean;
}

/** What identifies a request: a lookup finds a recording with the same values. */
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

/** One HTTP exchange, as the attributes of a span tell it. */
export interface Exchange {
  readonly key: RequestKey;
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  readonly requestBody: Body | undefined;
  /** Absent in a lookup. */
  readonly status: number | undefined;
  readonly responseHeaders: readonly (readonly [name: string, value: string])[];
  readonly responseBody: Body | undefined;
}

const requestHeaderPrefix = 'http.request.header.';
const responseHeaderPrefix = 'http.response.header.';

/** Reads a span of the filter. @throws with the attribute's name when one that is needed lacks or is unusable. */
export function exchangeOf({ span, resourceAttributes }: ResourceSpan): Exchange {
  const attributes = span.attributes ?? [];
  const optional = (name: string) => textOf(find(attributes, name)) ?? '';
  const required = (name: string) => {
    const value = optional(name);
    if (value === '') throw new Error(`span "${span.name ?? ''}" has no attribute ${name}`);
    return value;
  };
  return {
    key: {
      session: optional('sp.session.id'),
      service: optional('sp.service.name') || (textOf(find(resourceAttributes, 'service.name')) ?? ''),
      direction: optional('sp.traffic.direction'),
      method: required('http.request.method'),
      host: required('url.host').toLowerCase(),
      path: required('url.path'),
    },
    requestHeaders: headers(attributes, requestHeaderPrefix),
    requestBody: body(attributes, 'http.request.body'),
    status: status(find(attributes, 'http.response.status_code')),
    responseHeaders: headers(attributes, responseHeaderPrefix),
    responseBody: body(attributes, 'http.response.body'),
  };
}

/** SHA-256 of the body; undefined for none, and for an empty one, which HTTP does not tell from none. */
export function bodyDigest(requestBody: Body | undefined): string | undefined {
  if (!requestBody || requestBody.bytes.length === 0) return undefined;
  return createHash('sha256').update(requestBody.bytes).digest('hex');
}

/** The attributes that make an answer, exactly as they were recorded. */
export function answerAttributes(attributes: readonly KeyValue[]): KeyValue[] {
  return attributes.filter(({ key }) => key?.startsWith('http.response.'));
}

function find(attributes: readonly KeyValue[], name: string): AnyValue | undefined {
  return attributes.find(({ key }) => key === name)?.value;
}

function textOf(value: AnyValue | undefined): string | undefined {
  if (value?.bytesValue) return Buffer.from(value.bytesValue).toString('latin1');
  return value?.stringValue ?? value?.intValue?.toString();
}

function headers(attributes: readonly KeyValue[], prefix: string): [string, string][] {
  return attributes.flatMap(({ key, value }) =>
    key?.startsWith(prefix) ? [[key.slice(prefix.length), textOf(value) ?? ''] as [string, string]] : [],
  );
}

function status(value: AnyValue | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (!/^[0-9]{3}$/.test(text))
    throw new Error(`http.response.status_code is "${text}"; three digits expected`);
  return Number(text);
}

function body(attributes: readonly KeyValue[], name: string): Body | undefined {
  const value = find(attributes, name);
  const truncated = find(attributes, `${name}.truncated`)?.boolValue ?? false;
  if (!value) return truncated ? { bytes: Buffer.alloc(0), truncated } : undefined;
  if (value.bytesValue) return { bytes: value.bytesValue, truncated };
  const text = value.stringValue ?? '';
  const encoding = textOf(find(attributes, `${name}.encoding`));
  if (encoding === undefined) return { bytes: Buffer.from(text, 'utf8'), truncated };
  if (encoding !== 'base64') throw new Error(`${name}.encoding is "${encoding}"; only base64 is known`);
  return { bytes: Buffer.from(text, 'base64'), truncated };
}
