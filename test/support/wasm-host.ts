import assert from 'node:assert/strict';
import { GuestMemory } from './guest-memory.ts';
import { decodeHeaderMap, encodeHeaderMap, type Header } from './header-map.ts';
import { metricCalls, wasiCalls, type HostCalls } from './host-calls.ts';
import { hostStatuses } from './host-statuses.ts';

/** What a callback of a stream may answer (`proxy_action_t`, with Envoy's own). */
export const actions = { continue: 0, stopIteration: 1, watermark: 2, stopAll: 4 };

export interface HostStream {
  requestHeaders: Header[];
  responseHeaders: Header[];
  requestBody: Uint8Array;
  responseBody: Uint8Array;
  /** Set when the filter answered the request itself. */
  reply?: { readonly status: number; readonly headers: Header[]; readonly body: Uint8Array };
  /** The filter let a held request continue. */
  continued: boolean;
}

export interface HostCall {
  readonly token: number;
  readonly cluster: string;
  readonly headers: Header[];
  readonly body: Uint8Array;
}

export interface HostAnswer {
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** Decides by name and number (from 0) of a host call whether it fails, and with which status. */
export type HostFailure = (call: string, index: number) => number | undefined;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly [callback: string]: ((...parameters: number[]) => number) | WebAssembly.Memory;
}

export const rootContext = 1;
const noBytes = new Uint8Array();
const callResponseHeaders = 6;

/**
 * A proxy-wasm host for one virtual machine with one plug-in configuration, strict where Envoy forgives: whatever
 * breaks the ABI throws, as a trap does.
 */
export class WasmHost {
  readonly streams = new Map<number, HostStream>();
  /** Calls that have no answer yet. */
  readonly calls = new Map<number, HostCall>();
  readonly log: string[] = [];
  readonly metrics = new Map<string, number>();
  readonly properties = new Map<string, string>();
  readonly environment = new Map<string, string>();
  failure: HostFailure = () => undefined;
  callCount = 0;
  nanoseconds = 1_700_000_000_000_000_000n;
  isDone = false;

  readonly #exports: Exports;
  readonly #memory: GuestMemory;
  #configuration: Uint8Array = noBytes;
  #answer: HostAnswer | undefined;
  #context = rootContext;
  #nextContext = rootContext + 1;
  #nextToken = 1;
  /** Streams that were continued or answered in the callback that runs. */
  readonly #ended = new Set<number>();

  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, this.#imports());
    this.#exports = instance.exports as unknown as Exports;
    this.#memory = new GuestMemory(this.#exports.memory, (size) =>
      this.#call('proxy_on_memory_allocate', size),
    );
  }

  /** What the module exports beside the callbacks. */
  get exports(): Readonly<Record<string, unknown>> {
    return this.#exports;
  }

  get memoryBytes(): number {
    return this.#memory.size;
  }

  /** Starts the machine with a configuration; false when the filter refuses it. */
  configure(configuration: Uint8Array | string): boolean {
    this.#configuration = Buffer.from(configuration);
    this.callback('proxy_on_context_create', rootContext, 0);
    if (!this.callback('proxy_on_vm_start', rootContext, 0)) return false;
    return this.callback('proxy_on_configure', rootContext, this.#configuration.length) !== 0;
  }

  openStream(): number {
    const id = this.#nextContext++;
    this.streams.set(id, {
      requestHeaders: [],
      responseHeaders: [],
      requestBody: noBytes,
      responseBody: noBytes,
      continued: false,
    });
    this.callback('proxy_on_context_create', id, rootContext);
    return id;
  }

  closeStream(id: number): void {
    this.callback('proxy_on_log', id);
    this.callback('proxy_on_done', id);
    this.callback('proxy_on_delete', id);
    this.streams.delete(id);
  }

  stream(id: number): HostStream {
    const stream = this.streams.get(id);
    assert.ok(stream, `context ${id} is no open stream`);
    return stream;
  }

  /** Delivers the answer to a call. No headers is a connection that broke. */
  answer(token: number, answer: HostAnswer): void {
    assert.ok(this.calls.delete(token), `no call has token ${token}`);
    this.#answer = answer;
    this.callback(
      'proxy_on_http_call_response',
      rootContext,
      token,
      answer.headers.length,
      answer.body.length,
      0,
    );
    this.#answer = undefined;
  }

  /** Runs a callback on its context; the result of one that the filter does not export is 0. */
  callback(name: string, context: number, ...parameters: number[]): number {
    this.#context = context;
    this.#ended.clear();
    return this.#call(name, context, ...parameters);
  }

  #call(name: string, ...parameters: number[]): number {
    const callback = this.#exports[name];
    return typeof callback === 'function' ? callback(...parameters) : 0;
  }

  #imports(): WebAssembly.Imports {
    const guarded = (calls: HostCalls) =>
      Object.fromEntries(
        Object.entries(calls).map(([name, call]) => [
          name,
          // WebAssembly passes 32-bit numbers as signed ones; 64-bit ones come as bigint and stay.
          (...parameters: number[]) =>
            this.failure(name, this.callCount++) ??
            call(...parameters.map((value) => (typeof value === 'number' ? value >>> 0 : value))),
        ]),
      );
    return {
      env: guarded({
        ...this.#generalCalls(),
        ...this.#streamCalls(),
        ...metricCalls(() => this.#memory, this.metrics),
      }),
      wasi_snapshot_preview1: guarded(wasiCalls(() => this.#memory, this.environment)),
    };
  }

  #generalCalls(): HostCalls {
    return {
      proxy_log: (...[, at = 0, size = 0]) => {
        this.log.push(this.#memory.text(at, size));
        return hostStatuses.ok;
      },
      proxy_get_current_time_nanoseconds: (to = 0) => {
        this.#memory.view().setBigUint64(to, (this.nanoseconds += 1000n), true);
        return hostStatuses.ok;
      },
      proxy_set_tick_period_milliseconds: () => hostStatuses.ok,
      proxy_set_effective_context: (id = 0) => {
        if (id !== rootContext && !this.streams.has(id)) return hostStatuses.badArgument;
        this.#context = id;
        return hostStatuses.ok;
      },
      proxy_done: () => {
        this.isDone = true;
        return hostStatuses.ok;
      },
      proxy_get_property: (...[at = 0, size = 0, toAt = 0, toSize = 0]) => {
        const value = this.properties.get(this.#memory.text(at, size).replaceAll('\0', '.'));
        if (value === undefined) return hostStatuses.notFound;
        return this.#memory.give(Buffer.from(value, 'latin1'), toAt, toSize);
      },
      proxy_http_call: (...parameters) => this.#httpCall(parameters),
    };
  }

  #httpCall(parameters: readonly number[]): number {
    const [clusterAt = 0, clusterSize = 0, headersAt = 0, headersSize = 0, bodyAt = 0, bodySize = 0] =
      parameters;
    assert.deepEqual(decodeHeaderMap(this.#memory.bytes(parameters[6] ?? 0, parameters[7] ?? 0)), []);
    assert.ok(!this.#ended.has(this.#context), 'an HTTP call after the end of the stream');
    const headers = decodeHeaderMap(this.#memory.bytes(headersAt, headersSize));
    for (const name of [':method', ':path', ':authority']) {
      if (!headers.some(([known]) => known === name)) return hostStatuses.badArgument;
    }
    const token = this.#nextToken++;
    const cluster = this.#memory.text(clusterAt, clusterSize);
    this.calls.set(token, { token, cluster, headers, body: this.#memory.bytes(bodyAt, bodySize) });
    this.#memory.view().setUint32(parameters[9] ?? 0, token, true);
    return hostStatuses.ok;
  }

  #streamCalls(): HostCalls {
    return {
      proxy_get_header_map_pairs: (map = 0, toAt = 0, toSize = 0) =>
        this.#memory.give(encodeHeaderMap(this.#headers(map)), toAt, toSize),
      proxy_get_header_map_value: (...[map = 0, at = 0, size = 0, toAt = 0, toSize = 0]) => {
        const name = this.#memory.text(at, size);
        const found = this.#headers(map).find(([known]) => known === name);
        return found
          ? this.#memory.give(Buffer.from(found[1], 'latin1'), toAt, toSize)
          : hostStatuses.notFound;
      },
      proxy_add_header_map_value: (...[map = 0, at = 0, size = 0, valueAt = 0, valueSize = 0]) => {
        this.#headers(map).push([this.#memory.text(at, size), this.#memory.text(valueAt, valueSize)]);
        return hostStatuses.ok;
      },
      proxy_replace_header_map_value: (...[map = 0, at = 0, size = 0, valueAt = 0, valueSize = 0]) => {
        const headers = this.#headers(map);
        const name = this.#memory.text(at, size);
        const index = headers.findIndex(([known]) => known === name);
        headers.splice(index < 0 ? headers.length : index, 1, [name, this.#memory.text(valueAt, valueSize)]);
        return hostStatuses.ok;
      },
      proxy_remove_header_map_value: (map = 0, at = 0, size = 0) => {
        const headers = this.#headers(map);
        const name = this.#memory.text(at, size);
        headers.splice(0, headers.length, ...headers.filter(([known]) => known !== name));
        return hostStatuses.ok;
      },
      proxy_get_buffer_bytes: (...[kind = 0, start = 0, size = 0, toAt = 0, toSize = 0]) =>
        this.#memory.give(this.#body(kind).subarray(start, start + size), toAt, toSize),
      proxy_continue_stream: (kind = 0) => {
        assert.equal(kind, 0, 'only requests are held');
        this.#end().continued = true;
        return hostStatuses.ok;
      },
      proxy_send_local_response: (...parameters) => this.#reply(parameters),
    };
  }

  #reply(parameters: readonly number[]): number {
    const [status = 0, detailsAt = 0, detailsSize = 0, bodyAt = 0, bodySize = 0] = parameters;
    assert.ok(
      this.#memory.text(detailsAt, detailsSize).startsWith('sp_agent_'),
      'a reply must name its cause',
    );
    assert.ok(status >= 200 && status <= 599, `a reply of status ${status}`);
    const headers = decodeHeaderMap(this.#memory.bytes(parameters[5] ?? 0, parameters[6] ?? 0));
    for (const header of headers) {
      assert.match(header[0], /^[!#$%&'*+\-.^_`|~0-9a-z]+$/, 'a header name that is not valid');
      assert.match(header[1], /^[^\x00-\x08\x0a-\x1f\x7f]*$/, 'a header value that breaks out');
    }
    this.#end().reply = { status, headers, body: this.#memory.bytes(bodyAt, bodySize) };
    return hostStatuses.ok;
  }

  #headers(map: number): Header[] {
    if (map === callResponseHeaders) return [...(this.#answer?.headers ?? [])];
    const stream = this.stream(this.#context);
    return map === 0 ? stream.requestHeaders : stream.responseHeaders;
  }

  #body(kind: number): Uint8Array {
    if (kind === 7) return this.#configuration;
    if (kind === 4) return this.#answer?.body ?? noBytes;
    const stream = this.stream(this.#context);
    return kind === 0 ? stream.requestBody : stream.responseBody;
  }

  /** At most one of continue and reply in a callback: Envoy acts on them when the callback has returned. */
  #end(): HostStream {
    assert.ok(!this.#ended.has(this.#context), 'a stream was ended twice');
    this.#ended.add(this.#context);
    return this.stream(this.#context);
  }
}
