import { decodeTraces, spansOf, type KeyValue, type Span } from '../../operator/backend/protocol/otlp.ts';

/** A span of the filter's, its attributes by name in their order. */
export interface Recorded {
  readonly span: Span;
  readonly resource: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
  /** All values of an attribute; a value of bytes as `bytes:<hex>`. */
  all(name: string): string[];
  /** The bytes of a body, its marker heeded. */
  body(side: 'request' | 'response'): Buffer | undefined;
}

/** The spans of a message of the filter's. */
export function recordedIn(message: Uint8Array): Recorded[] {
  return spansOf(decodeTraces(message)).map(({ span, resourceAttributes }) => {
    const attributes = (span.attributes ?? []).map(plain);
    const all = (name: string) => attributes.filter(([key]) => key === name).map(([, value]) => value);
    return {
      span,
      resource: new Map(resourceAttributes.map(plain)),
      attributes: new Map(attributes),
      all,
      body(side) {
        const [text] = all(`http.${side}.body`);
        if (text === undefined) return undefined;
        const [encoding] = all(`http.${side}.body.encoding`);
        return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
      },
    };
  });
}

function plain({ key = '', value = {} }: KeyValue): [string, string] {
  if (value.bytesValue) return [key, `bytes:${Buffer.from(value.bytesValue).toString('hex')}`];
  return [key, String(value.stringValue ?? value.intValue ?? value.boolValue)];
}
