import type { GuestMemory } from './guest-memory.ts';
import { hostStatuses } from './host-statuses.ts';

/** Host calls by name. Their parameters are unsigned; a 64-bit one comes as a bigint, which `Number` takes. */
export type HostCalls = Record<string, (...parameters: number[]) => number>;

/** The metrics of proxy-wasm 0.2.1, kept by name. */
export function metricCalls(memory: () => GuestMemory, metrics: Map<string, number>): HostCalls {
  const names = [''];
  const change = (id: number, to: (old: number) => number) => {
    const name = names[id];
    if (!name) return hostStatuses.notFound;
    metrics.set(name, to(metrics.get(name) ?? 0));
    return hostStatuses.ok;
  };
  return {
    proxy_define_metric: (...[, at = 0, size = 0, to = 0]) => {
      memory()
        .view()
        .setUint32(to, names.push(memory().text(at, size)) - 1, true);
      return hostStatuses.ok;
    },
    proxy_increment_metric: (id = 0, by = 0) => change(id, (old) => old + Number(by)),
    proxy_record_metric: (id = 0, value = 0) => change(id, () => Number(value)),
  };
}

/** The part of WASI that Envoy has, with chance from a fixed seed: a case that failed fails again. */
export function wasiCalls(memory: () => GuestMemory, environment: ReadonlyMap<string, string>): HostCalls {
  let random = 1;
  const entries = () => [...environment].map(([name, value]) => Buffer.from(`${name}=${value}\0`, 'latin1'));
  return {
    random_get: (to = 0, size = 0) => {
      const bytes = memory().window(to, size);
      for (let i = 0; i < size; i++) {
        random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
        bytes[i] = random >>> 24;
      }
      return 0;
    },
    environ_sizes_get: (countAt = 0, sizeAt = 0) => {
      memory().view().setUint32(countAt, environment.size, true);
      memory().view().setUint32(sizeAt, Buffer.concat(entries()).length, true);
      return 0;
    },
    environ_get: (pointersAt = 0, bytesAt = 0) => {
      let at = bytesAt;
      entries().forEach((entry, index) => {
        memory()
          .view()
          .setUint32(pointersAt + index * 4, at, true);
        memory().window(at, entry.length).set(entry);
        at += entry.length;
      });
      return 0;
    },
  };
}
