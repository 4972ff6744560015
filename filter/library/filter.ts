import { Body } from './body';
import { awaitCall } from './calls';
import { Configuration } from './configuration';
import { Header, Headers, pairsOf } from './headers';
import { at, bytesOf } from './host';
import { HttpRequest, HttpResponse } from './http-call';
import { proxy_continue_stream, proxy_send_local_response } from './imports';
import { RevisionReport } from './revision';

/** What becomes of a request or response after a callback. */
export enum Step {
  Continue,
  /**
   * With calls that have not been answered: wait for them. The exchange continues after the last answer, unless `respond` was called.
   * For a part of a body that is not the last: hold it, and show it again with the next. A proxy holds 1 MiB by default, and then
   * answers 413 or 500. Otherwise the same as Continue, so that nothing is held for good.
   */
  Hold,
}

/** One configuration of the filter: `configure` is called once. Each thread of the proxy has filters of its own. */
export class Filter {
  /** What shows the operator which revision of the filter runs. */
  report: RevisionReport = new RevisionReport();

  /** Reads the configuration; what it finds wrong refuses the filter: see `Configuration`. */
  configure(configuration: Configuration): void {}

  /** Makes the handler of one request and its response. */
  createStream(): Stream {
    return new Stream();
  }

  /** Once a second. */
  onTick(): void {}
}

/** One request and its response. A callback that a filter does not have leaves them as they are. */
export class Stream {
  /** The host's number. */
  id: u32 = 0;
  report: RevisionReport | null = null;
  /** True once `respond` was called: the response callbacks then see that response. */
  hasResponded: bool = false;
  private callsPending: i32 = 0;
  /** Proxy-wasm's number of what waits for calls: 0 the request, 1 the response; -1 nothing. */
  private waiting: i32 = -1;

  /** @param isEnd whether the request has no body. */
  onRequestHeaders(headers: Headers, isEnd: bool): Step {
    return Step.Continue;
  }

  onRequestBody(body: Body, isEnd: bool): Step {
    return Step.Continue;
  }

  onResponseHeaders(headers: Headers, isEnd: bool): Step {
    return Step.Continue;
  }

  onResponseBody(body: Body, isEnd: bool): Step {
    return Step.Continue;
  }

  /** The answer to a call that this stream has made with `call`. */
  onHttpResponse(call: u32, response: HttpResponse): void {}

  /** The exchange is over; headers can still be read. */
  onEnd(): void {}

  /** Sends a call. Its number comes back in `onHttpResponse`; 0 when the proxy refused it. */
  call(request: HttpRequest): u32 {
    const call = request.send();
    if (call) {
      awaitCall(call, this.id);
      this.callsPending++;
    }
    return call;
  }

  /** Answers the request instead of sending it upstream. */
  respond(status: u32, body: string = '', headers: Header[] = []): void {
    if (this.hasResponded) return;
    this.hasResponded = true;
    this.waiting = -1;
    const details = bytesOf('sp_agent_custom_filter');
    const content = bytesOf(body);
    const pairs = pairsOf(headers);
    proxy_send_local_response(
      status,
      at(details),
      details.byteLength,
      at(content),
      content.byteLength,
      at(pairs),
      pairs.byteLength,
      NO_GRPC_STATUS,
    );
  }

  /** Whether the exchange waits for calls after a callback that wants to hold it. @param direction 0 request, 1 response */
  waits(direction: i32): bool {
    if (this.callsPending == 0) return false;
    this.waiting = direction;
    return true;
  }

  /** An answer has come, and `onHttpResponse` has seen it. */
  callAnswered(): void {
    if (--this.callsPending > 0 || this.waiting < 0) return;
    const direction = this.waiting;
    this.waiting = -1;
    proxy_continue_stream(direction);
  }
}

// The host derives it from the HTTP status if it needs one.
const NO_GRPC_STATUS: u32 = 0xffffffff;

let create: () => Filter = () => new Filter();

/** Names the filter of this module: `registerFilter(() => new MyFilter())`. */
export function registerFilter(factory: () => Filter): void {
  create = factory;
}

export function createFilter(): Filter {
  return create();
}
