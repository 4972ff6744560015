import type { Header } from './header-map.ts';
import { actions, rootContext, type HostAnswer, type HostStream, type WasmHost } from './wasm-host.ts';

const noBytes = new Uint8Array();

/**
 * One request that goes through a host's filter the way Envoy sends it: what is held or was let go is not shown
 * again, and nothing comes while everything is held. A step that cannot happen now does nothing.
 */
export class StreamDriver {
  readonly host: WasmHost;
  readonly id: number;
  /** Bytes and headers that upstream has got. */
  upstreamBody: Uint8Array = noBytes;
  #request: 'new' | 'open' | 'ended' = 'new';
  #response: 'new' | 'open' | 'ended' = 'new';
  #held: 'nothing' | 'headers' | 'everything' = 'nothing';
  #heldBody: Uint8Array = noBytes;
  #isClosed = false;

  constructor(host: WasmHost) {
    this.host = host;
    this.id = host.openStream();
  }

  get stream(): HostStream {
    return this.host.stream(this.id);
  }

  get isHeld(): boolean {
    this.#follow();
    return this.#held !== 'nothing';
  }

  requestHeaders(headers: readonly Header[], isEnd: boolean): void {
    if (this.#isClosed || this.#request !== 'new') return;
    this.stream.requestHeaders = [...headers];
    this.#request = isEnd ? 'ended' : 'open';
    this.#answered(this.#callback('proxy_on_request_headers', headers.length, Number(isEnd)));
  }

  requestBody(chunk: Uint8Array, isEnd: boolean): void {
    this.#follow();
    if (this.#isClosed || this.#request !== 'open' || this.#held === 'everything' || this.#response !== 'new')
      return;
    this.stream.requestBody = chunk;
    if (isEnd) this.#request = 'ended';
    this.#answered(this.#callback('proxy_on_request_body', chunk.length, Number(isEnd)));
  }

  requestTrailers(): void {
    this.#follow();
    if (this.#isClosed || this.#request !== 'open' || this.#held === 'everything' || this.#response !== 'new')
      return;
    this.#request = 'ended';
    this.#answered(this.#callback('proxy_on_request_trailers', 0));
  }

  responseHeaders(headers: readonly Header[], isEnd: boolean): void {
    this.#follow();
    if (this.#isClosed || this.#request === 'new' || this.#response !== 'new') return;
    this.stream.responseHeaders = [...headers];
    this.#response = isEnd ? 'ended' : 'open';
    this.#expectContinue(this.#callback('proxy_on_response_headers', headers.length, Number(isEnd)));
  }

  responseBody(chunk: Uint8Array, isEnd: boolean): void {
    if (this.#isClosed || this.#response !== 'open') return;
    this.stream.responseBody = chunk;
    if (isEnd) this.#response = 'ended';
    this.#expectContinue(this.#callback('proxy_on_response_body', chunk.length, Number(isEnd)));
  }

  responseTrailers(): void {
    if (this.#isClosed || this.#response !== 'open') return;
    this.#response = 'ended';
    this.#expectContinue(this.#callback('proxy_on_response_trailers', 0));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.host.closeStream(this.id);
  }

  #callback(name: string, ...parameters: number[]): number {
    const result = this.host.callback(name, this.id, ...parameters);
    this.#follow();
    return result;
  }

  /** Heeds what a callback of a request returned. */
  #answered(action: number): void {
    if (this.stream.reply) return;
    this.#heldBody = Buffer.concat([this.#heldBody, this.stream.requestBody]);
    this.stream.requestBody = noBytes;
    if (action === actions.stopAll) this.#held = 'everything';
    else if (action === actions.stopIteration || action === actions.watermark) this.#held = 'headers';
    else this.#release();
  }

  #release(): void {
    this.#held = 'nothing';
    this.upstreamBody = Buffer.concat([this.upstreamBody, this.#heldBody]);
    this.#heldBody = noBytes;
  }

  /** Acts on what the filter asked for since: to continue, or a reply of its own, which passes the filter too. */
  #follow(): void {
    if (this.#isClosed) return;
    const { reply, continued } = this.stream;
    if (reply && this.#response === 'new') {
      this.#request = 'ended';
      this.#held = 'nothing';
      this.#response = 'open';
      this.stream.responseHeaders = [[':status', String(reply.status)], ...reply.headers];
      const size = this.stream.responseHeaders.length;
      this.#expectContinue(this.host.callback('proxy_on_response_headers', this.id, size, 0));
      this.responseBody(reply.body, true);
    } else if (continued && this.#held !== 'nothing') {
      this.stream.continued = false;
      this.#release();
    }
  }

  #expectContinue(action: number): void {
    if (action !== actions.continue)
      throw new Error(`a response callback answered ${action}: it held the response`);
  }
}

/** Lets time pass until nothing is in progress any longer; what is asked meanwhile gets the given answers. */
export function settle(
  host: WasmHost,
  answers: { readonly lookup: HostAnswer; readonly save: HostAnswer },
): void {
  for (let round = 0; round < 10; round++) {
    answerCalls(host, answers);
    host.nanoseconds += 60_000_000_000n;
    tickUntilFlush(host);
  }
  answerCalls(host, answers);
  tickUntilFlush(host);
}

/** The filter's timer runs eight times in the shortest time for which it holds a request, and flushes less often. */
export function tickUntilFlush(host: WasmHost): void {
  for (let tick = 0; tick < 10; tick++) host.callback('proxy_on_tick', rootContext);
}

export function answerCalls(
  host: WasmHost,
  answers: { readonly lookup: HostAnswer; readonly save: HostAnswer },
): void {
  for (const { token, headers } of [...host.calls.values()]) {
    const isLookup = headers.some(([name, value]) => name === ':path' && value.endsWith('/v1/inject'));
    host.answer(token, isLookup ? answers.lookup : answers.save);
  }
}

export function answerOf(status: number, body: Uint8Array = noBytes): HostAnswer {
  return { headers: [[':status', String(status)]], body };
}
