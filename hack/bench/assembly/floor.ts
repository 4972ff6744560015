// The least that a filter can do which asks a backend before a request continues: what it costs is the host's part. It
// sends the request's body, answers with the body of a 200 and lets everything else continue. Its configuration is the
// path of the call.
import {
  proxy_continue_stream,
  proxy_get_buffer_bytes,
  proxy_get_header_map_value,
  proxy_http_call,
  proxy_send_local_response,
  proxy_set_effective_context,
} from '@solo-io/proxy-runtime/assembly/imports';

const STOP: u32 = 1;
const STOP_ALL: u32 = 4;
const SLOTS: u32 = 1024;

// All that the host hands over, one thing at a time.
const landing = heap.alloc(1 << 20);
const out = memory.data(8, 4);
const noPairs = memory.data<u32>([0]);

const cluster = String.UTF8.encode('backend');
const status = String.UTF8.encode(':status');
// By root context. Numbers of contexts and calls grow one by one, and few are in progress.
const heads = new StaticArray<ArrayBuffer>(SLOTS);
const rootOfStream = new StaticArray<u32>(SLOTS);
const streamOfCall = new StaticArray<u32>(SLOTS);

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: u32): usize {
  return landing;
}

export function proxy_on_context_create(id: u32, rootId: u32): void {
  if (rootId != 0) rootOfStream[id % SLOTS] = rootId;
}

export function proxy_on_configure(rootId: u32, size: u32): u32 {
  proxy_get_buffer_bytes(7, 0, size, out, out + 4);
  const path = String.UTF8.decodeUnsafe(landing, size);
  heads[rootId % SLOTS] = serialize([':method', 'POST', ':path', path, ':authority', 'backend.example']);
  return 1;
}

/** | number of pairs | lengths of name and value, for each | name 0 value 0, for each | */
function serialize(words: string[]): ArrayBuffer {
  const texts = String.UTF8.encode(words.join('\0') + '\0');
  const head = new ArrayBuffer(4 + 4 * words.length + texts.byteLength);
  const at = changetype<usize>(head);
  store<u32>(at, words.length / 2);
  for (let i = 0; i < words.length; i++) store<u32>(at + 4 + 4 * i, String.UTF8.byteLength(words[i]));
  memory.copy(at + 4 + 4 * words.length, changetype<usize>(texts), texts.byteLength);
  return head;
}

function ask(id: u32, size: u32): void {
  const head = heads[rootOfStream[id % SLOTS] % SLOTS];
  const name = changetype<usize>(cluster);
  const at = changetype<usize>(head);
  proxy_http_call(name, cluster.byteLength, at, head.byteLength, landing, size, noPairs, 4, 1000, out);
  streamOfCall[load<u32>(out) % SLOTS] = id;
}

export function proxy_on_request_headers(id: u32, count: u32, isEnd: u32): u32 {
  if (!isEnd) return STOP;
  ask(id, 0);
  return STOP_ALL;
}

export function proxy_on_request_body(id: u32, size: u32, isEnd: u32): u32 {
  if (!isEnd) return STOP;
  proxy_get_buffer_bytes(0, 0, size, out, out + 4);
  ask(id, size);
  return STOP;
}

export function proxy_on_http_call_response(
  root: u32,
  token: u32,
  count: u32,
  size: u32,
  trailers: u32,
): void {
  proxy_get_header_map_value(6, changetype<usize>(status), status.byteLength, out, out + 4);
  const isHit = load<u8>(landing) == 50;
  if (isHit) proxy_get_buffer_bytes(4, 0, size, out, out + 4);
  proxy_set_effective_context(streamOfCall[token % SLOTS]);
  if (isHit) proxy_send_local_response(200, 0, 0, landing, size, noPairs, 4, u32.MAX_VALUE);
  else proxy_continue_stream(0);
}
