// Strings that go into a header of our calls: nothing in them may end the header and begin another.
import { DELETE, SPACE } from '../core/ascii';
import { Slice, at, len, text } from '../core/bytes';
import { readString, refuse } from '../json/reader';

const CONTROL = text('must not hold blanks or control characters');

/** A string of the configuration that goes into a header of our calls. */
export function readToken(): Slice {
  const token = readString();
  if (!isToken(token)) refuse(CONTROL);
  return token;
}

export function isToken(bytes: Slice): bool {
  for (let i: u32 = 0; i < len(bytes); i++) {
    const byte = load<u8>(at(bytes) + i);
    if (byte <= SPACE || byte == DELETE) return false;
  }
  return true;
}
