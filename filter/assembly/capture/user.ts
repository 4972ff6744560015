// Whose request it is, without a name: the sum of the keyed digests of all credentials among its headers. It is recorded as
// a header of the response, which any backend returns with the recording, so that nobody else is answered with it.
import { Slice, len, same, slice, text } from '../core/bytes';
import { writeHex } from '../core/hex';
import { Stream } from '../state/streams';
import { hash } from './marker';

export const USER_HEADER = text('x-softprobe-user');
const UNKNOWN = text('unknown');
/** Names the client's workload, not its user, and changes with each certificate. */
const CLIENT_CERTIFICATE = text('x-forwarded-client-cert');

const NONE: u32 = 0;
const KEYED: u32 = 1;
/** Without a key, users cannot be distinguished. */
const KEYLESS: u32 = 2;

const written = memory.data(32, 8);

/** Whether a redacted header says whose request it is. */
export function isCredential(name: Slice): bool {
  return !same(name, CLIENT_CERTIFICATE);
}

/** Adds a credential, whose marker was just made. */
export function addCredential(stream: Stream, name: Slice): void {
  if (!stream.root.redactionKey) {
    stream.credentials = KEYLESS;
    return;
  }
  stream.credentials = KEYED;
  // A name's length takes part, so that headers that change places make another user.
  const factor: u64 = ((<u64>len(name)) << 1) | 1;
  stream.userHigh += load<u64>(hash) * factor;
  stream.userLow += load<u64>(hash, 8) * factor;
}

/** The user as it is recorded; empty for a request without credentials. Valid until the next call. */
export function userOf(stream: Stream): Slice {
  if (stream.credentials == NONE) return 0;
  if (stream.credentials == KEYLESS) return UNKNOWN;
  writeHex(writeHex(written, stream.userHigh, 8), stream.userLow, 8);
  return slice(written, 32);
}

/** Whether a recording of that user, empty for none, may answer the stream's request. */
export function isSameUser(stream: Stream, recorded: Slice): bool {
  return same(userOf(stream), recorded) && stream.credentials != KEYLESS;
}
