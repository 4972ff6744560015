// A counter: the hot path adds to it in linear memory, the timer brings the difference to the host.
//
//   | total u64 | reported u64 | the host's number of the metric u32, - |   24 bytes
import { proxy_increment_metric } from '@solo-io/proxy-runtime/assembly/imports';

export const COUNTER_BYTES: u32 = 24;

// @ts-ignore: decorator
@inline
export function addToCounter(counter: usize, by: u64): void {
  store<u64>(counter, load<u64>(counter) + by);
}

export function setMetricId(counter: usize, id: u32): void {
  store<u32>(counter, id, 16);
}

/** What the host does not accept is reported with the next tick. */
export function reportCounter(counter: usize): void {
  const by = load<u64>(counter) - load<u64>(counter, 8);
  if (by && addToMetric(load<u32>(counter, 16), by)) store<u64>(counter, load<u64>(counter), 8);
}

/** True when the host accepted it. */
export function addToMetric(id: u32, by: i64): bool {
  return id != 0 && proxy_increment_metric(id, by) == 0;
}
