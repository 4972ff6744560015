// The callbacks that the proxy knows (proxy-wasm ABI 0.2.1). A custom filter exports them: `export * from 'sp-agent/filter/proxy'`.
import { Body } from './body';
import { takeCall } from './calls';
import { Configuration } from './configuration';
import { Filter, Step, Stream, createFilter } from './filter';
import { Headers } from './headers';
import { addressOut, enterStream, returnedBytes, sizeOut, textOf } from './host';
import { HttpResponse } from './http-call';
import { proxy_get_buffer_bytes, proxy_set_tick_period_milliseconds } from './imports';
import { logError, logInfo } from './log';

const filters = new Map<u32, Filter>();
const streams = new Map<u32, Stream>();

const REQUEST: i32 = 0;
const RESPONSE: i32 = 1;

const REQUEST_BODY: u32 = 0;
const RESPONSE_BODY: u32 = 1;
const PLUGIN_CONFIGURATION: u32 = 7;

const requestHeaders = new Headers(0);
const responseHeaders = new Headers(2);

// Answers of a callback. Headers: StopAllIterationAndWatermark, which Envoy takes alike in all of its modes. Body: StopIterationAndBuffer.
const CONTINUE: u32 = 0;
const HOLD_BODY: u32 = 1;
const HOLD_HEADERS: u32 = 4;

const tickMilliseconds: u32 = 1000;

export function proxy_abi_version_0_2_1(): void {}

/** Marks a module that has the statistics of `revision.ts`. Nothing calls it. */
export function sp_agent_reports_revision(): void {}

/** Memory for what the host returns: `returnedBytes` gives it back. */
export function proxy_on_memory_allocate(size: u32): usize {
  return heap.alloc(size);
}

export function proxy_on_vm_start(id: u32, size: u32): u32 {
  return 1;
}

export function proxy_on_context_create(id: u32, rootId: u32): void {
  if (rootId == 0) {
    filters.set(id, createFilter());
    return;
  }
  if (!filters.has(rootId)) return;
  const stream = filters.get(rootId).createStream();
  stream.id = id;
  stream.report = filters.get(rootId).report;
  streams.set(id, stream);
}

export function proxy_on_configure(id: u32, size: u32): u32 {
  if (!filters.has(id)) return 0;
  const filter = filters.get(id);
  const configuration = new Configuration(size ? configurationText(size) : '');
  filter.configure(configuration);
  const problem = configuration.problem();
  if (problem.length) {
    logError('configuration refused: ' + problem);
    return 0;
  }
  filter.report.configured();
  proxy_set_tick_period_milliseconds(tickMilliseconds);
  logInfo('custom filter configured' + filter.report.describe());
  return 1;
}

function configurationText(size: u32): string {
  const result = proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, size, addressOut(), sizeOut());
  const bytes = returnedBytes(result);
  return bytes === null ? '' : textOf(bytes);
}

export function proxy_on_tick(id: u32): void {
  if (!filters.has(id)) return;
  const filter = filters.get(id);
  filter.report.tick();
  filter.onTick();
}

export function proxy_on_request_headers(id: u32, count: u32, isEnd: u32): u32 {
  if (!streams.has(id)) return CONTINUE;
  const stream = streams.get(id);
  stream.report!.countRequest();
  const step = stream.onRequestHeaders(requestHeaders, isEnd != 0);
  if (stream.hasResponded) return HOLD_HEADERS;
  return step == Step.Hold && stream.waits(REQUEST) ? HOLD_HEADERS : CONTINUE;
}

export function proxy_on_request_body(id: u32, size: u32, isEnd: u32): u32 {
  if (!streams.has(id)) return CONTINUE;
  const stream = streams.get(id);
  const step = stream.onRequestBody(new Body(REQUEST_BODY, size), isEnd != 0);
  if (stream.hasResponded) return HOLD_BODY;
  return step == Step.Hold && (stream.waits(REQUEST) || !isEnd) ? HOLD_BODY : CONTINUE;
}

export function proxy_on_response_headers(id: u32, count: u32, isEnd: u32): u32 {
  if (!streams.has(id)) return CONTINUE;
  const stream = streams.get(id);
  const status = responseHeaders.get(':status');
  if (status !== null) stream.report!.countResponse(I32.parseInt(status));
  const step = stream.onResponseHeaders(responseHeaders, isEnd != 0);
  return step == Step.Hold && stream.waits(RESPONSE) ? HOLD_HEADERS : CONTINUE;
}

export function proxy_on_response_body(id: u32, size: u32, isEnd: u32): u32 {
  if (!streams.has(id)) return CONTINUE;
  const stream = streams.get(id);
  const step = stream.onResponseBody(new Body(RESPONSE_BODY, size), isEnd != 0);
  return step == Step.Hold && (stream.waits(RESPONSE) || !isEnd) ? HOLD_BODY : CONTINUE;
}

/** Comes on the filter's own context; the stream that made the call may be gone. */
export function proxy_on_http_call_response(
  filterId: u32,
  call: u32,
  headers: u32,
  bodySize: u32,
  trailers: u32,
): void {
  const id = takeCall(call);
  if (!streams.has(id)) return;
  const response = HttpResponse.read(bodySize);
  if (!enterStream(id)) return;
  const stream = streams.get(id);
  stream.onHttpResponse(call, response);
  stream.callAnswered();
}

export function proxy_on_log(id: u32): void {
  if (streams.has(id)) streams.get(id).onEnd();
}

export function proxy_on_done(id: u32): u32 {
  if (filters.has(id)) filters.get(id).report.withdraw();
  return 1;
}

export function proxy_on_delete(id: u32): void {
  streams.delete(id);
  filters.delete(id);
}
