import protobuf from 'protobufjs';

/**
 * The part of OpenTelemetry's trace protocol that the filter speaks. Field numbers: opentelemetry-proto, trace/v1,
 * common/v1 and resource/v1.
 */
const schema: protobuf.INamespace = {
  nested: {
    TracesData: { fields: { resourceSpans: { rule: 'repeated', type: 'ResourceSpans', id: 1 } } },
    ResourceSpans: {
      fields: {
        resource: { type: 'Resource', id: 1 },
        scopeSpans: { rule: 'repeated', type: 'ScopeSpans', id: 2 },
      },
    },
    Resource: { fields: { attributes: { rule: 'repeated', type: 'KeyValue', id: 1 } } },
    ScopeSpans: { fields: { spans: { rule: 'repeated', type: 'Span', id: 2 } } },
    Span: {
      fields: {
        traceId: { type: 'bytes', id: 1 },
        spanId: { type: 'bytes', id: 2 },
        traceState: { type: 'string', id: 3 },
        parentSpanId: { type: 'bytes', id: 4 },
        name: { type: 'string', id: 5 },
        kind: { type: 'int32', id: 6 },
        startTimeUnixNano: { type: 'fixed64', id: 7 },
        endTimeUnixNano: { type: 'fixed64', id: 8 },
        attributes: { rule: 'repeated', type: 'KeyValue', id: 9 },
        status: { type: 'Status', id: 15 },
        flags: { type: 'fixed32', id: 16 },
      },
    },
    Status: { fields: { message: { type: 'string', id: 2 }, code: { type: 'int32', id: 3 } } },
    KeyValue: { fields: { key: { type: 'string', id: 1 }, value: { type: 'AnyValue', id: 2 } } },
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            'stringValue',
            'boolValue',
            'intValue',
            'doubleValue',
            'arrayValue',
            'kvlistValue',
            'bytesValue',
          ],
        },
      },
      fields: {
        stringValue: { type: 'string', id: 1 },
        boolValue: { type: 'bool', id: 2 },
        intValue: { type: 'int64', id: 3 },
        doubleValue: { type: 'double', id: 4 },
        arrayValue: { type: 'ArrayValue', id: 5 },
        kvlistValue: { type: 'KeyValueList', id: 6 },
        bytesValue: { type: 'bytes', id: 7 },
      },
    },
    ArrayValue: { fields: { values: { rule: 'repeated', type: 'AnyValue', id: 1 } } },
    KeyValueList: { fields: { values: { rule: 'repeated', type: 'KeyValue', id: 1 } } },
  },
};

/** At most one member is set. The filter sends neither arrays nor lists; they pass through unread. */
export interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  /** Decimal, as 64 bits do not fit in a number. */
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
  bytesValue?: Uint8Array;
}

export interface KeyValue {
  key?: string;
  value?: AnyValue;
}

export interface Span {
  traceId?: Uint8Array;
  spanId?: Uint8Array;
  traceState?: string;
  parentSpanId?: Uint8Array;
  name?: string;
  kind?: number;
  /** Decimal. */
  startTimeUnixNano?: string;
  /** Decimal. */
  endTimeUnixNano?: string;
  attributes?: KeyValue[];
  status?: { message?: string; code?: number };
  flags?: number;
}

export interface ResourceSpans {
  resource?: { attributes?: KeyValue[] };
  scopeSpans?: { spans?: Span[] }[];
}

export interface TracesData {
  resourceSpans?: ResourceSpans[];
}

const tracesData = protobuf.Root.fromJSON(schema).lookupType('TracesData');

/** @throws when the bytes are not a complete protobuf message, or nest too deeply. */
export function decodeTraces(bytes: Uint8Array): TracesData {
  // A Buffer makes the library return byte fields as Buffers of their own.
  return tracesData.toObject(tracesData.decode(Buffer.from(bytes)), { longs: String }) as TracesData;
}

export function encodeTraces(traces: TracesData): Uint8Array {
  return tracesData.encode(tracesData.fromObject(traces)).finish();
}

/** A span with the attributes of its resource. */
export interface ResourceSpan {
  readonly span: Span;
  readonly resourceAttributes: readonly KeyValue[];
}

/** All spans of a message, in their order. */
export function spansOf(traces: TracesData): ResourceSpan[] {
  return (traces.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ spans }) =>
      (spans ?? []).map((span) => ({ span, resourceAttributes: resource?.attributes ?? [] })),
    ),
  );
}
