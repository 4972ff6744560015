import { messageOf } from '../../api/errors.ts';
import { decodeTraces, encodeTraces, spansOf, type ResourceSpan, type TracesData } from './otlp.ts';
import { tracesFromJson, tracesToJson } from './otlp-json.ts';

export type TracesFormat = 'json' | 'protobuf';

/** A message as it arrived. */
export interface TracesMessage {
  readonly format: TracesFormat;
  readonly spans: readonly ResourceSpan[];
}

/** Spans of one message. The filter sends 64 by default; a case file of Softprobe's holds about 100. */
const spansMax = 5000;

/** Attributes of one span: Envoy passes at most 1,024 header fields to a filter, on each side. */
const attributesMax = 4096;

/**
 * Reads OTLP TracesData in either form. Agents do not always name the form that they send: the content type only
 * decides which one is tried first.
 * @throws when the bytes are neither, or hold more than a message may.
 */
export function readTracesMessage(bytes: Uint8Array, expected: TracesFormat): TracesMessage {
  const order: readonly TracesFormat[] = expected === 'json' ? ['json', 'protobuf'] : ['protobuf', 'json'];
  const failures: string[] = [];
  for (const format of order) {
    let traces: TracesData;
    try {
      traces = format === 'json' ? tracesFromJson(JSON.parse(utf8.decode(bytes))) : decodeTraces(bytes);
    } catch (error) {
      failures.push(messageOf(error));
      continue;
    }
    const spans = spansOf(traces);
    checkSize(spans);
    return { format, spans };
  }
  throw new Error(`the body is not an OTLP TracesData message: ${failures[0]?.slice(0, 300)}`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function checkSize(spans: readonly ResourceSpan[]): void {
  if (spans.length > spansMax)
    throw new Error(`the message has ${spans.length} spans; at most ${spansMax} are taken`);
  for (const { span, resourceAttributes } of spans) {
    const count = (span.attributes?.length ?? 0) + resourceAttributes.length;
    if (count > attributesMax)
      throw new Error(`a span has ${count} attributes; at most ${attributesMax} are taken`);
  }
}

export function writeTracesMessage(traces: TracesData, format: TracesFormat): Uint8Array {
  return format === 'json' ? Buffer.from(JSON.stringify(tracesToJson(traces))) : encodeTraces(traces);
}
