import { randomFillSync } from 'node:crypto';
import { GuestMemory } from './guest-memory.ts';

export interface LogLine {
  /** `proxy_log_level_t`: 0 is trace, 5 is critical. */
  readonly level: number;
  readonly text: string;
}

type HostCall = (...parameters: number[]) => number;

// proxy-wasm 0.2.1, `proxy_status_t` and `proxy_buffer_type_t`; WASI, `errno`.
const ok = 0;
const notFound = 1;
const unimplemented = 12;
const noSystemCall = 52;
const vmConfiguration = 6;
const pluginConfiguration = 7;

const rootContext = 1;
const noBytes = new Uint8Array();
/** A module may log without end; the first lines have the cause. */
const logLinesMax = 64;
const logLineBytesMax = 4096;

/**
 * Starts a module with a plug-in configuration, as Envoy does (proxy-wasm-cpp-host, src/wasm.cc: `start`, `configure`). The host
 * knows no traffic, no environment and no node: those calls answer that there is nothing.
 *
 * @param log takes what the module says, also before a trap.
 * @returns whether the module takes the configuration; an absent callback agrees.
 * @throws what the module traps with
 */
export function runConfigure(bytes: Uint8Array, configuration: Uint8Array, log: LogLine[]): boolean {
  const module = new WebAssembly.Module(bytes);
  // The start function of a module may call the host before there is an instance to read from.
  const linear: { memory?: GuestMemory } = {};
  const guest = () => {
    if (!linear.memory) throw new Error('a host call before the module was there');
    return linear.memory;
  };
  const calls = { ...proxyCalls(guest, configuration, log), ...wasiCalls(guest) };
  const { exports } = new WebAssembly.Instance(module, importsOf(module, calls));
  const call = (name: string, ...parameters: number[]): number | undefined => {
    const callback = exports[name];
    return typeof callback === 'function' ? (callback as HostCall)(...parameters) : undefined;
  };
  linear.memory = new GuestMemory(
    exports['memory'] as WebAssembly.Memory,
    (size) => call('proxy_on_memory_allocate', size) ?? call('malloc', size) ?? 0,
  );
  call('_initialize' in exports ? '_initialize' : '_start');
  call('proxy_on_context_create', rootContext, 0);
  const started = call('proxy_on_vm_start', rootContext, 0) ?? 1;
  return started !== 0 && (call('proxy_on_configure', rootContext, configuration.length) ?? 1) !== 0;
}

function importsOf(
  module: WebAssembly.Module,
  calls: Readonly<Record<string, HostCall>>,
): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const absent = () => (from === 'env' ? unimplemented : noSystemCall);
    // Numbers arrive as signed ones.
    const call: HostCall = (...parameters) => (calls[name] ?? absent)(...parameters.map(unsigned));
    imports[from] = { ...imports[from], [name]: call };
  }
  return imports;
}

/** 64-bit numbers come as bigint, which no call here looks at. */
function unsigned(value: number): number {
  return typeof value === 'number' ? value >>> 0 : value;
}

function proxyCalls(
  guest: () => GuestMemory,
  configuration: Uint8Array,
  log: LogLine[],
): Record<string, HostCall> {
  let metrics = 0;
  return {
    proxy_log: (level = 0, at = 0, size = 0) => {
      const bytes = guest().bytes(at, Math.min(size, logLineBytesMax));
      if (log.length < logLinesMax) log.push({ level, text: new TextDecoder().decode(bytes) });
      return ok;
    },
    proxy_get_log_level: (to = 0) => {
      guest().view().setUint32(to, 0, true);
      return ok;
    },
    proxy_get_buffer_bytes: (...parameters) => {
      const [kind = 0, start = 0, size = 0, toAddress = 0, toSize = 0] = parameters;
      if (kind !== pluginConfiguration && kind !== vmConfiguration) return notFound;
      const bytes = kind === pluginConfiguration ? configuration : noBytes;
      return guest().give(bytes.subarray(start, start + size), toAddress, toSize);
    },
    proxy_get_configuration: (toAddress = 0, toSize = 0) => guest().give(configuration, toAddress, toSize),
    proxy_get_property: () => notFound,
    proxy_get_current_time_nanoseconds: (to = 0) => {
      guest()
        .view()
        .setBigUint64(to, BigInt(Date.now()) * 1_000_000n, true);
      return ok;
    },
    proxy_set_tick_period_milliseconds: () => ok,
    proxy_define_metric: (...parameters) => {
      const to = parameters[3] ?? 0;
      guest()
        .view()
        .setUint32(to, (metrics += 1), true);
      return ok;
    },
    proxy_increment_metric: () => ok,
    proxy_record_metric: () => ok,
  };
}

function wasiCalls(guest: () => GuestMemory): Record<string, HostCall> {
  const nothing: HostCall = (toCount = 0, toSize = 0) => {
    guest().view().setUint32(toCount, 0, true);
    guest().view().setUint32(toSize, 0, true);
    return ok;
  };
  return {
    random_get: (to = 0, size = 0) => {
      randomFillSync(guest().window(to, size));
      return ok;
    },
    environ_sizes_get: nothing,
    environ_get: () => ok,
    args_sizes_get: nothing,
    args_get: () => ok,
    proc_exit: (code = 0) => {
      throw new Error(`the module ended itself with code ${code}`);
    },
  };
}
