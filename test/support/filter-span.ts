import { encodeTraces, type KeyValue } from '../../operator/backend/protocol/otlp.ts';

/** One exchange as the filter would encode it. Bodies that are not text go as base64 with a marker. */
export interface FilterSpan {
  readonly type: 'inject' | 'extract';
  readonly session?: string;
  readonly service?: string;
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly requestHeaders?: readonly (readonly [string, string])[];
  readonly requestBody?: string | Uint8Array;
  readonly status?: number;
  readonly responseHeaders?: readonly (readonly [string, string])[];
  readonly responseBody?: string | Uint8Array;
  readonly more?: readonly KeyValue[];
}

/** An OTLP TracesData message with one span for each exchange. */
export function filterMessage(...spans: FilterSpan[]): Uint8Array {
  return encodeTraces({
    resourceSpans: [
      {
        resource: { attributes: [text('sp.resource.type', 'sp-envoy-proxy')] },
        scopeSpans: [
          { spans: spans.map((span) => ({ name: span.path ?? '/', attributes: attributes(span) })) },
        ],
      },
    ],
  });
}

function attributes(span: FilterSpan): KeyValue[] {
  return [
    text('sp.span.type', span.type),
    text('sp.session.id', span.session ?? 'session'),
    text('sp.service.name', span.service ?? 'checkout'),
    text('sp.traffic.direction', 'outbound'),
    text('url.host', span.host ?? 'shop.example'),
    text('url.path', span.path ?? '/'),
    text('http.request.method', span.method ?? 'GET'),
    ...(span.requestHeaders ?? []).map(([name, value]) => text(`http.request.header.${name}`, value)),
    ...body('http.request.body', span.requestBody),
    ...(span.status === undefined
      ? []
      : [{ key: 'http.response.status_code', value: { intValue: span.status } }]),
    ...(span.responseHeaders ?? []).map(([name, value]) => text(`http.response.header.${name}`, value)),
    ...body('http.response.body', span.responseBody),
    ...(span.more ?? []),
  ];
}

function body(key: string, content: string | Uint8Array | undefined): KeyValue[] {
  if (content === undefined) return [];
  if (typeof content === 'string') return [text(key, content)];
  return [text(key, Buffer.from(content).toString('base64')), text(`${key}.encoding`, 'base64')];
}

function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}
