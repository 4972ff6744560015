// Which requests may be answered with a recording, and with which one. Outside of a session a recording may have been made
// for anybody, so that the rules of a shared cache apply (RFC 9111).
import { COMMA } from '../core/ascii';
import { Slice, containsLower, indexOf, len, part, sameLower, text, trimBlanks } from '../core/bytes';
import { isNull } from '../core/memory';
import { hasName } from '../core/names';
import { RULES_NONE, RULES_SHARED, Root } from '../state/root';
import { Stream } from '../state/streams';
import { isProbe, method, wantsFresh } from '../capture/request';
import { USER_HEADER, isSameUser } from '../capture/user';

const CACHE_CONTROL = text('cache-control');
const VARY = text('vary');
const NO_STORE = text('no-store');
const NO_CACHE = text('no-cache');
const PRIVATE = text('private');
const ANYTHING = text('*');

/** Whether the request that was just read (capture/request.ts) may be looked up outside of a session. */
export function allowsRequest(root: Root): bool {
  if (!isNull(root.methods) && !hasName(root.methods, method)) return false;
  if (root.cacheRules != RULES_SHARED) return true;
  // What a workload receives comes from anybody.
  return !root.inbound && !wantsFresh && !isProbe;
}

let recordedUser: Slice = 0;
let isForbidden: bool = false;
let vary: Slice = 0;

export function beginRules(): void {
  recordedUser = vary = 0;
  isForbidden = false;
}

/** Takes note of a recorded header; true when it is not one of the response's own. */
export function noteHeader(name: Slice, value: Slice): bool {
  if (sameLower(name, USER_HEADER)) {
    recordedUser = value;
    return true;
  }
  if (sameLower(name, CACHE_CONTROL)) {
    if (containsLower(value, NO_STORE) || containsLower(value, PRIVATE) || containsLower(value, NO_CACHE))
      isForbidden = true;
  } else if (sameLower(name, VARY)) {
    // Further headers of the name would have to be joined; none but `*` is expected there.
    if (!len(vary) || containsLower(value, ANYTHING)) vary = value;
  }
  return false;
}

/** Whether the recording whose headers were noted may answer the request. */
export function allowsRecording(stream: Stream): bool {
  const root = stream.root;
  if (stream.inSession || root.cacheRules == RULES_NONE) return true;
  if (len(recordedUser) && !isSameUser(stream, recordedUser)) return false;
  if (root.cacheRules != RULES_SHARED) return true;
  if (isForbidden || containsLower(vary, ANYTHING)) return false;
  return !variesByUser(root) || isSameUser(stream, recordedUser);
}

/** Section 4.1, for the credentials: other fields are the backend's to compare, which has the recorded request. */
function variesByUser(root: Root): bool {
  let from: u32 = 0;
  while (from < len(vary)) {
    const end = indexOf(vary, COMMA, from);
    if (hasName(root.redactedHeaders, trimBlanks(part(vary, from, end)))) return true;
    from = end + 1;
  }
  return false;
}
