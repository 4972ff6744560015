// What stands in the place of a redacted value: `[redacted]`, or `[redacted:<32 hex>]` with a keyed digest of the value, so
// that lookups tell users apart. A digest without a key would not do: who can guess a value could check the guess.
import { LOWER_A, DIGIT_0 } from '../core/ascii';
import { Slice, containsLower, copyBytes, len, slice, text } from '../core/bytes';
import { hmac } from '../core/sha256';
import { Root } from '../state/root';

const PLAIN = text('[redacted]');
const BEGINNING = text('[redacted');
const KEYED_BEGINNING = text('[redacted:');
const END = text(']');

// Half of the hash (RFC 2104, section 5).
const DIGEST_BYTES: u32 = 16;

const hash = memory.data(32, 8);
const keyed = memory.data(64, 8);

let key: usize = 0;
let isKeyMissing: bool = false;

/** Whether a value was replaced by a marker that does not tell it from others, though the configuration asks for that. */
export let isAmbiguous: bool = false;

/** Starts the redaction of a request's part: lookups match by it. */
export function markRequest(root: Root): void {
  key = root.redactionKey;
  isKeyMissing = len(root.redactionKeyEnv) > 0 && !key;
  isAmbiguous = false;
}

/** Starts the redaction of a response's part: nothing is matched by it, so that its markers are plain. */
export function markResponse(): void {
  key = 0;
  isKeyMissing = false;
}

/** The marker of a value; valid until the next call. */
export function markerOf(value: Slice): Slice {
  if (!key) {
    if (isKeyMissing) isAmbiguous = true;
    return PLAIN;
  }
  hmac(key, value, hash);
  let to = copyBytes(keyed, KEYED_BEGINNING);
  for (let i: u32 = 0; i < DIGEST_BYTES; i++) {
    const byte = <u32>load<u8>(hash + i);
    store<u8>(to, hexOf(byte >> 4));
    store<u8>(to, hexOf(byte & 15), 1);
    to += 2;
  }
  to = copyBytes(to, END);
  return slice(keyed, <u32>(to - keyed));
}

function hexOf(digit: u32): u32 {
  return digit < 10 ? DIGIT_0 + digit : LOWER_A + digit - 10;
}

/** Whether a header of a recording stands for a redacted one, and must not be replayed. */
export function isMarked(value: Slice): bool {
  return containsLower(value, BEGINNING);
}
