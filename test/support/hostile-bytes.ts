import fc from 'fast-check';

/** Any bytes. */
export const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** Valid bytes with some of them changed, cut out or put in. */
export const mutated = (valid: Uint8Array) =>
  fc
    .array(fc.tuple(fc.nat(valid.length), fc.nat(3), bytes(6)), { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce<Uint8Array>(
        (now, [at, removed, put]) => Buffer.concat([now.subarray(0, at), put, now.subarray(at + removed)]),
        valid,
      ),
    );

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];

const nested = (field: number, depth: number) => {
  let inside = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) {
    inside = Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(inside.length)]), inside]);
  }
  return inside;
};

/** Answers to a lookup that are made to break a decoder. */
export const hostileAnswers: readonly Uint8Array[] = [
  new Uint8Array(),
  Buffer.alloc(64, 0xff),
  Buffer.from('0a808080808080808080808080808001', 'hex'),
  Buffer.from('0affffffff0f', 'hex'),
  Buffer.from('0affffffff7f', 'hex'),
  Buffer.alloc(10_000, 0x0b),
  Buffer.concat([Buffer.alloc(10_000, 0x0b), Buffer.alloc(10_000, 0x0c)]),
  nested(1, 10_000),
  nested(2, 10_000),
  nested(5, 10_000),
];
