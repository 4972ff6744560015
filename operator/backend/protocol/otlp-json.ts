import { isObject } from '../../api/json.ts';
import type { AnyValue, KeyValue, ResourceSpans, Span, TracesData } from './otlp.ts';

/**
 * OTLP's JSON form: names in lowerCamelCase, ids in hexadecimal, 64-bit numbers as decimal strings
 * (opentelemetry-proto, docs/specification.md#json-protobuf-encoding). Softprobe's runtime writes ids as base64, which
 * is read as well, and so are names in snake_case, as protobuf's JSON form allows.
 */

/** Levels of arrays and lists in attribute values; protobufjs has the same bound for messages. */
const depthMax = 100;

type Json = Readonly<Record<string, unknown>>;

/** @throws with the path of a member that has the wrong type. */
export function tracesFromJson(value: unknown): TracesData {
  const root = record(value, '');
  return { resourceSpans: list(root, 'resourceSpans', 'body').map(readResourceSpans) };
}

function readResourceSpans(value: unknown, index: number): ResourceSpans {
  const at = `resourceSpans[${index}]`;
  const entry = record(value, at);
  const resource = entry['resource'];
  return {
    ...(resource == null
      ? {}
      : { resource: { attributes: attributes(record(resource, `${at}.resource`), `${at}.resource`) } }),
    scopeSpans: list(entry, 'scopeSpans', at).map((scope, scopeIndex) => {
      const scopeAt = `${at}.scopeSpans[${scopeIndex}]`;
      const spans = list(record(scope, scopeAt), 'spans', scopeAt);
      return { spans: spans.map((span, spanIndex) => readSpan(span, `${scopeAt}.spans[${spanIndex}]`)) };
    }),
  };
}

function readSpan(value: unknown, at: string): Span {
  const span = record(value, at);
  const status = member(span, 'status');
  return withoutUndefined({
    traceId: id(span, 'traceId', at),
    spanId: id(span, 'spanId', at),
    traceState: string(span, 'traceState', at),
    parentSpanId: id(span, 'parentSpanId', at),
    name: string(span, 'name', at),
    kind: spanKind(member(span, 'kind')),
    startTimeUnixNano: decimal(member(span, 'startTimeUnixNano'), `${at}.startTimeUnixNano`),
    endTimeUnixNano: decimal(member(span, 'endTimeUnixNano'), `${at}.endTimeUnixNano`),
    attributes: attributes(span, at),
    status: status == null ? undefined : { message: string(record(status, at), 'message', at) ?? '' },
  });
}

function attributes(holder: Json, at: string): KeyValue[] {
  return keyValues(list(holder, 'attributes', at), `${at}.attributes`, 0);
}

function keyValues(entries: readonly unknown[], at: string, depth: number): KeyValue[] {
  return entries.map((entry, index) => {
    const pair = record(entry, `${at}[${index}]`);
    const value = pair['value'];
    return {
      key: string(pair, 'key', `${at}[${index}]`) ?? '',
      ...(value == null
        ? {}
        : { value: anyValue(record(value, `${at}[${index}].value`), `${at}[${index}].value`, depth) }),
    };
  });
}

function anyValue(value: Json, at: string, depth: number): AnyValue {
  if (depth > depthMax) throw new Error(`${at.slice(0, 100)}: nested more than ${depthMax} levels deep`);
  const text = string(value, 'stringValue', at);
  if (text !== undefined) return { stringValue: text };
  const integer = decimal(member(value, 'intValue'), `${at}.intValue`);
  if (integer !== undefined) return { intValue: integer };
  const flag = member(value, 'boolValue');
  if (typeof flag === 'boolean') return { boolValue: flag };
  const double = member(value, 'doubleValue');
  if (double !== undefined) return { doubleValue: Number(double) };
  const bytes = string(value, 'bytesValue', at);
  if (bytes !== undefined) return { bytesValue: Buffer.from(bytes, 'base64') };
  const array = member(value, 'arrayValue');
  if (array != null) {
    const values = list(record(array, at), 'values', at);
    return { arrayValue: { values: values.map((entry) => anyValue(record(entry, at), at, depth + 1)) } };
  }
  const pairs = member(value, 'kvlistValue');
  if (pairs != null)
    return { kvlistValue: { values: keyValues(list(record(pairs, at), 'values', at), at, depth + 1) } };
  return {};
}

/** A message in OTLP's JSON form. */
export function tracesToJson(traces: TracesData): object {
  return {
    resourceSpans: (traces.resourceSpans ?? []).map(({ resource, scopeSpans }) => ({
      resource: { attributes: (resource?.attributes ?? []).map(keyValueToJson) },
      scopeSpans: (scopeSpans ?? []).map(({ spans }) => ({ spans: (spans ?? []).map(spanToJson) })),
    })),
  };
}

function spanToJson(span: Span): object {
  const hex = (bytes: Uint8Array | undefined) =>
    bytes?.length ? Buffer.from(bytes).toString('hex') : undefined;
  return withoutUndefined({
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    traceState: span.traceState,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    attributes: (span.attributes ?? []).map(keyValueToJson),
    status: span.status,
  });
}

function keyValueToJson({ key = '', value }: KeyValue): object {
  return { key, value: value ? anyValueToJson(value) : {} };
}

function anyValueToJson(value: AnyValue): object {
  if (value.bytesValue) return { bytesValue: Buffer.from(value.bytesValue).toString('base64') };
  if (value.intValue !== undefined) return { intValue: String(value.intValue) };
  if (value.arrayValue)
    return { arrayValue: { values: (value.arrayValue.values ?? []).map(anyValueToJson) } };
  if (value.kvlistValue)
    return { kvlistValue: { values: (value.kvlistValue.values ?? []).map(keyValueToJson) } };
  return value;
}

function member(holder: Json, name: string): unknown {
  return holder[name] ?? holder[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

function record(value: unknown, at: string): Json {
  if (isObject(value)) return value;
  throw new Error(`${at || 'body'}: an object expected`);
}

function list(holder: Json, name: string, at: string): readonly unknown[] {
  const value = member(holder, name);
  if (value == null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new Error(`${at}.${name}: a list expected`);
}

function string(holder: Json, name: string, at: string): string | undefined {
  const value = member(holder, name);
  if (value == null) return undefined;
  if (typeof value === 'string') return value;
  throw new Error(`${at}.${name}: a string expected`);
}

/** Hexadecimal when it has the length of one (16 or 8 bytes), else base64. */
function id(holder: Json, name: string, at: string): Uint8Array | undefined {
  const text = string(holder, name, at);
  if (!text) return undefined;
  return Buffer.from(text, /^([0-9a-f]{32}|[0-9a-f]{16})$/i.test(text) ? 'hex' : 'base64');
}

/** A 64-bit number, which JSON holds as a string or a number. */
function decimal(value: unknown, at: string): string | undefined {
  if (value == null) return undefined;
  const text = String(value);
  if (/^-?[0-9]{1,20}$/.test(text)) return text;
  throw new Error(`${at}: an integer expected`);
}

const spanKinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

function spanKind(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  return Math.max(0, spanKinds.indexOf(value.replace(/^SPAN_KIND_/, '')));
}

function withoutUndefined<Value extends object>(value: {
  [Key in keyof Value]: Value[Key] | undefined;
}): Value {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Value;
}
