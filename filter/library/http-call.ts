import { addressOut, at, bytesOf, returnedBytes, returnedNumber, sizeOut, textOf } from './host';
import { Header, Headers, pairsOf } from './headers';
import { proxy_get_buffer_bytes, proxy_http_call } from './imports';

/** Envoy's cluster of a host of the mesh: `meshCluster('auth.shop.svc.cluster.local', 8080)`. */
export function meshCluster(host: string, port: u32): string {
  return 'outbound|' + port.toString() + '||' + host;
}

/** A call to another service, which the proxy makes. */
export class HttpRequest {
  method: string = 'GET';
  path: string = '/';
  /** The `:authority` header; the cluster's name if empty. */
  authority: string = '';
  body: string = '';
  timeoutMilliseconds: u32 = 1000;
  private headers: Header[] = [];

  /** @param cluster name of an Envoy cluster: see `meshCluster`. */
  constructor(public cluster: string) {}

  /** @param name in lower case. */
  add(name: string, value: string): void {
    this.headers.push(new Header(name, value));
  }

  /** The host's number of the call; 0 when it refused, as it does where it has no such cluster. */
  send(): u32 {
    const authority = this.authority.length ? this.authority : this.cluster;
    const first = [
      new Header(':method', this.method),
      new Header(':path', this.path),
      new Header(':authority', authority),
    ];
    const cluster = bytesOf(this.cluster);
    const headers = pairsOf(first.concat(this.headers));
    const body = bytesOf(this.body);
    const result = proxy_http_call(
      at(cluster),
      cluster.byteLength,
      at(headers),
      headers.byteLength,
      at(body),
      body.byteLength,
      NO_PAIRS,
      4,
      this.timeoutMilliseconds,
      addressOut(),
    );
    return result == 0 ? returnedNumber() : 0;
  }
}

const NO_PAIRS = memory.data<u32>([0]);

const CALL_RESPONSE_BODY: u32 = 4;
const CALL_RESPONSE_HEADERS: u32 = 6;

/** The answer to a call. */
export class HttpResponse {
  constructor(
    /** 0 where no answer came. A passed time-out is 504, a refused connection 503: the proxy makes those itself. */
    public status: i32,
    /** All headers in their order. */
    public headers: Header[],
    public body: ArrayBuffer,
  ) {}

  /** Of the call whose answer the host is delivering. */
  static read(bodySize: u32): HttpResponse {
    const headers = new Headers(CALL_RESPONSE_HEADERS);
    const status = headers.get(':status');
    const result = proxy_get_buffer_bytes(CALL_RESPONSE_BODY, 0, bodySize, addressOut(), sizeOut());
    const body = returnedBytes(result);
    return new HttpResponse(
      status === null ? 0 : I32.parseInt(status),
      headers.list(),
      body === null ? new ArrayBuffer(0) : body,
    );
  }

  /** The first value of a header; null where there is none. */
  header(name: string): string | null {
    for (let i = 0; i < this.headers.length; i++) {
      if (this.headers[i].name == name) return this.headers[i].value;
    }
    return null;
  }

  text(): string {
    return textOf(this.body);
  }
}
