import { addressOut, at, bytesOf, returnedNumber } from './host';
import { proxy_define_metric, proxy_increment_metric, proxy_record_metric } from './imports';

/** Statistics of the proxy. Envoy shows them as `wasmcustom.<name>`; threads of a proxy share them. */
class Metric {
  private id: u32 = 0;

  constructor(
    private kind: u32,
    private name: string,
  ) {}

  /** The host's number. It is defined when it is first used: a proxy tries a filter in a virtual machine that it discards. */
  protected number(): u32 {
    if (!this.id) {
      const name = bytesOf(this.name);
      const result = proxy_define_metric(this.kind, at(name), name.byteLength, addressOut());
      if (result == 0) this.id = returnedNumber();
    }
    return this.id;
  }
}

export class Counter extends Metric {
  constructor(name: string) {
    super(0, name);
  }

  /** False where the host did not take it. */
  add(by: u64 = 1): bool {
    const id = this.number();
    return id != 0 && proxy_increment_metric(id, <i64>by) == 0;
  }
}

export class Gauge extends Metric {
  constructor(name: string) {
    super(1, name);
  }

  set(value: u64): void {
    const id = this.number();
    if (id) proxy_record_metric(id, value);
  }

  /** By a difference, which may be negative: threads that share a gauge give the sum. False where the host did not take it. */
  change(by: i64): bool {
    const id = this.number();
    return id != 0 && proxy_increment_metric(id, by) == 0;
  }
}

export class Histogram extends Metric {
  constructor(name: string) {
    super(2, name);
  }

  record(value: u64): void {
    const id = this.number();
    if (id) proxy_record_metric(id, value);
  }
}
