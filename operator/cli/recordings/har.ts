import { z } from 'zod';
import { decodeBody } from '../../backend/page/body-view.ts';
import { attributeText, exchangeOf, type Body, type Headers } from '../../backend/protocol/exchange.ts';
import type { KeyValue, ResourceSpan } from '../../backend/protocol/otlp.ts';

/** HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec), as browsers and proxies save it. */

const headers = z.array(z.object({ name: z.string(), value: z.string() })).default([]);
const text = z.string().optional();

const entrySchema = z.object({
  startedDateTime: text,
  request: z.object({
    method: z.string(),
    url: z.url(),
    headers,
    postData: z.object({ text, encoding: text }).optional(),
  }),
  response: z.object({
    status: z.int(),
    headers,
    content: z.object({ text, encoding: text, size: z.number().optional() }).prefault({}),
  }),
});
type HarEntry = z.output<typeof entrySchema>;

export const harSchema = z.object({ log: z.object({ entries: z.array(entrySchema) }) });

/** Of a body that the archive holds decoded: the coding is no longer there, and the length is another. */
const wireHeaders: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

/** The exchanges of an archive. What got no response, such as a blocked request, is left out. */
export function spansOfHar({ log }: z.output<typeof harSchema>): ResourceSpan[] {
  return log.entries.filter(({ response }) => response.status >= 100).map(spanOf);
}

function spanOf({ startedDateTime, request, response }: HarEntry): ResourceSpan {
  const url = new URL(request.url);
  const started = Date.parse(startedDateTime ?? '');
  const { text: responseText, encoding, size = 0 } = response.content;
  const attributes = [
    stringAttribute('sp.traffic.direction', 'outbound'),
    stringAttribute('http.request.method', request.method),
    stringAttribute('url.scheme', url.protocol.replace(':', '')),
    stringAttribute('url.host', url.host),
    stringAttribute('url.path', url.pathname + url.search),
    ...headerAttributes('http.request.header.', request.headers),
    ...bodyAttributes('http.request.body', request.postData),
    { key: 'http.response.status_code', value: { intValue: response.status } },
    ...headerAttributes('http.response.header.', response.headers).filter(
      ({ key }) => !wireHeaders.has(key.slice('http.response.header.'.length)),
    ),
    ...bodyAttributes('http.response.body', { text: responseText, encoding }),
    // Some programs save what was transferred without its bytes: such a response is not complete.
    ...(responseText === undefined && size > 0
      ? [{ key: 'http.response.body.truncated', value: { boolValue: true } }]
      : []),
  ];
  return {
    resourceAttributes: [],
    span: {
      name: `HTTP ${request.method}`,
      attributes,
      ...(Number.isNaN(started) ? {} : { startTimeUnixNano: `${started}000000` }),
    },
  };
}

function stringAttribute(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

/** Pseudo-headers of HTTP/2 say what the URL says. */
function headerAttributes(prefix: string, fields: z.output<typeof headers>) {
  return fields
    .filter(({ name }) => !name.startsWith(':'))
    .map(({ name, value }) => stringAttribute(prefix + name.toLowerCase(), value));
}

function bodyAttributes(
  key: string,
  content: { readonly text?: string | undefined; readonly encoding?: string | undefined } | undefined,
): KeyValue[] {
  if (!content?.text) return [{ key: `${key}.size`, value: { intValue: 0 } }];
  const bytes = Buffer.from(content.text, content.encoding === 'base64' ? 'base64' : 'utf8');
  return [{ key, value: { bytesValue: bytes } }];
}

/** An archive's entry as this program writes it. */
export async function harEntry(recorded: ResourceSpan): Promise<object> {
  const { key, requestHeaders, requestBody, status, responseHeaders, responseBody } = exchangeOf(recorded);
  const { attributes = [], startTimeUnixNano = '0' } = recorded.span;
  const scheme = attributeText(attributes, 'url.scheme') ?? 'http';
  const sent = typeof requestBody === 'string' ? undefined : requestBody;
  const url = `${scheme}://${key.host}${key.path}`;
  return {
    startedDateTime: new Date(Number(BigInt(startTimeUnixNano) / 1_000_000n)).toISOString(),
    time: 0,
    request: {
      method: key.method,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: harHeaders(requestHeaders),
      queryString: URL.canParse(url)
        ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value }))
        : [],
      ...(sent
        ? { postData: { mimeType: valueOf(requestHeaders, 'content-type'), ...contentOf(sent.bytes) } }
        : {}),
      headersSize: -1,
      bodySize: sent?.bytes.length ?? 0,
    },
    response: {
      status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: harHeaders(responseHeaders),
      content: await responseContent(responseBody, responseHeaders),
      redirectURL: valueOf(responseHeaders, 'location'),
      headersSize: -1,
      bodySize: responseBody?.bytes.length ?? 0,
    },
    cache: {},
    timings: { send: 0, wait: 0, receive: 0 },
  };
}

/** An archive holds responses decoded. One that cannot be decoded, or is not complete, is left out, so that nobody replays it. */
async function responseContent(body: Body | undefined, fields: Headers): Promise<object> {
  const mimeType = valueOf(fields, 'content-type');
  if (!body) return { size: 0, mimeType, text: '' };
  const { bytes, isDecoded } = await decodeBody(body, fields);
  if (body.truncated || !isDecoded) return { size: bytes.length || 1, mimeType, comment: 'not complete' };
  return { size: bytes.length, mimeType, ...contentOf(bytes) };
}

function contentOf(bytes: Uint8Array): { text: string; encoding?: 'base64' } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
}

function harHeaders(fields: Headers): object[] {
  return fields.map(([name, value]) => ({ name, value }));
}

function valueOf(fields: Headers, name: string): string {
  return fields.find(([field]) => field === name)?.[1] ?? '';
}
