// What replaces a redacted value: `[redacted]`, or `[redacted:<32 hex>]` with a keyed digest of the value, so
// that lookups distinguish users. A digest without a key is not enough: who can guess a value could check the guess.
import { Slice, containsLower, copyBytes, len, slice, text } from '../core/bytes';
import { writeHex } from '../core/hex';
import { hmac } from '../core/sha256';
import { Root, RULES_NONE } from '../state/root';

const PLAIN = text('[redacted]');
const BEGINNING = text('[redacted');
const KEYED_BEGINNING = text('[redacted:');
const END = text(']');

/** The keyed digest of the last marker. Half of it is shown (RFC 2104, section 5). */
export const hash = memory.data(32, 8);
const keyed = memory.data(64, 8);

let key: usize = 0;
let isKeyMissing: bool = false;

/** Whether a value was replaced by a marker that is the same for other values, though users are to be distinguished. */
export let isAmbiguous: bool = false;

/** Starts the redaction of a request's part: lookups match by it. */
export function markRequest(root: Root): void {
  key = root.redactionKey;
  isKeyMissing = !key && (len(root.redactionKeyEnv) > 0 || root.cacheRules != RULES_NONE);
  isAmbiguous = false;
}

/** For a value whose marker need not differ from others. */
export function restoreAmbiguity(before: bool): void {
  isAmbiguous = before;
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
  to = writeHex(to, load<u64>(hash), 8);
  to = writeHex(to, load<u64>(hash, 8), 8);
  to = copyBytes(to, END);
  return slice(keyed, <u32>(to - keyed));
}

/** Whether a header of a recording stands for a redacted one, and must not be replayed. */
export function isMarked(value: Slice): bool {
  return containsLower(value, BEGINNING);
}
