// The callbacks that the host knows (proxy-wasm ABI 0.2.1). A callback that is not exported costs nothing.
import { isNull } from './core/memory';
import { find } from './core/table';
import { allocateForHost, finishContext } from './host/abi';
import { DROPPED_MEMORY, count, reportMetrics } from './state/metrics';
import { countRequest, reportRevision } from './state/revision-metrics';
import { createRoot, findRoot, ticksOf } from './state/root';
import {
  Stream,
  awaitedCalls,
  closeContext,
  destroyStream,
  findOwner,
  findStream,
  openContext,
} from './state/streams';
import { configure } from './config/configure';
import { answerStatus, onLookupAnswer } from './replay/lookup';
import { onSaveAnswer, onSaveTick } from './save/batches';
import { finishDrain, drain } from './flow/drain';
import { reportErrors } from './flow/report-errors';
import * as requests from './flow/request';
import * as responses from './flow/response';

export function proxy_abi_version_0_2_1(): void {}

/** Marks a module that has the statistics of state/revision-metrics.ts. Nothing calls it. */
export function sp_agent_reports_revision(): void {}

/** Marks a module that reads version 1 of the configuration that the operator makes of an SpAgent. Nothing calls it. */
export function sp_agent_reads_spec_1(): void {}

export function proxy_on_memory_allocate(size: u32): usize {
  return allocateForHost(size);
}

export function proxy_on_context_create(id: u32, rootId: u32): void {
  if (rootId == 0) {
    createRoot(id);
    return;
  }
  const root = findRoot(rootId);
  if (isNull(root) || !root.ready || root.passive) return;
  if (!openContext(id, root)) count(DROPPED_MEMORY, 1);
}

export function proxy_on_vm_start(rootId: u32, size: u32): u32 {
  return 1;
}

export function proxy_on_configure(rootId: u32, size: u32): u32 {
  const root = findRoot(rootId);
  return !isNull(root) && configure(root, size) ? 1 : 0;
}

export function proxy_on_tick(rootId: u32): void {
  const root = findRoot(rootId);
  if (isNull(root) || !root.ready) return;
  root.ticks++;
  root.timedLookups = 0;
  requests.releaseHeld(root);
  if (root.ticks - root.flushedTick < ticksOf(root, root.flushMs)) return;
  root.flushedTick = root.ticks;
  onSaveTick(root);
  reportErrors();
  reportMetrics();
  reportRevision(root);
}

export function proxy_on_request_headers(id: u32, count: u32, isEnd: u32): u32 {
  const root = findOwner(id);
  if (isNull(root)) return 0;
  countRequest(root);
  return requests.onRequestHeaders(id, root, count, isEnd != 0);
}

export function proxy_on_request_body(id: u32, size: u32, isEnd: u32): u32 {
  const stream = findStream(id);
  return !isNull(stream) ? requests.onRequestBody(stream, size, isEnd != 0) : 0;
}

export function proxy_on_request_trailers(id: u32, count: u32): u32 {
  const stream = findStream(id);
  return !isNull(stream) ? requests.onRequestTrailers(stream) : 0;
}

export function proxy_on_response_headers(id: u32, count: u32, isEnd: u32): u32 {
  const root = findOwner(id);
  if (!isNull(root)) responses.onResponseHeaders(root, findStream(id), count, isEnd != 0);
  return 0;
}

export function proxy_on_response_body(id: u32, size: u32, isEnd: u32): u32 {
  const stream = findStream(id);
  return !isNull(stream) ? responses.onResponseBody(stream, size, isEnd != 0) : 0;
}

export function proxy_on_response_trailers(id: u32, count: u32): u32 {
  const stream = findStream(id);
  if (!isNull(stream)) responses.onResponseTrailers(stream);
  return 0;
}

export function proxy_on_log(id: u32): void {
  const stream = findStream(id);
  if (!isNull(stream)) responses.onLog(stream);
}

/** Comes on the root context; the stream that asked may be gone. */
export function proxy_on_http_call_response(
  rootId: u32,
  token: u32,
  headers: u32,
  size: u32,
  trailers: u32,
): void {
  const status = answerStatus(headers);
  const stream = changetype<Stream>(find(awaitedCalls(), token));
  if (!isNull(stream)) return onLookupAnswer(stream, status, size);
  const root = findRoot(rootId);
  if (isNull(root)) return;
  onSaveAnswer(root, token, status, size);
  if (finishDrain(root)) finishContext();
}

/** Whether the context may go now: a configuration waits until its last saves have been answered. */
export function proxy_on_done(id: u32): u32 {
  const stream = findStream(id);
  if (!isNull(stream)) {
    responses.onStreamEnd(stream);
    destroyStream(stream);
    return 1;
  }
  const root = findRoot(id);
  if (isNull(root)) closeContext(id);
  return isNull(root) || drain(root) ? 1 : 0;
}
