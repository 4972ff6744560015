import { hash } from 'node:crypto';
import { AgentError } from '../../api/errors.ts';
import { rootIdPattern } from '../../api/names.ts';
import type { ModuleTraits } from '../../api/artifact.ts';
import { plainText } from '../../api/plain-text.ts';

/** Name of the custom section that holds the root id which the source registers. */
export const rootIdSection = 'sp_agent_root_id';

export const abis = ['0_1_0', '0_2_0', '0_2_1'] as const;
export type Abi = (typeof abis)[number];

export interface ModuleInfo extends ModuleTraits {
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes: number;
  readonly abi: Abi;
}

/** A module that was checked: it can be stored and served. */
export interface ProducedModule extends ModuleInfo {
  readonly bytes: Uint8Array;
}

// The host's functions: proxy-wasm-cpp-host, include/proxy-wasm/exports.h and src/wasm.cc.
const hostFunctions = `
  log get_status set_property get_property send_local_response get_shared_data set_shared_data register_shared_queue
  resolve_shared_queue dequeue_shared_queue enqueue_shared_queue get_header_map_value add_header_map_value
  replace_header_map_value remove_header_map_value get_header_map_pairs set_header_map_pairs get_header_map_size
  get_buffer_status get_buffer_bytes set_buffer_bytes http_call grpc_call grpc_stream grpc_close grpc_cancel grpc_send
  set_tick_period_milliseconds get_current_time_nanoseconds define_metric increment_metric record_metric get_metric
  set_effective_context done call_foreign_function clear_route_cache`;
const hostFunctionsOfAbi: Readonly<Record<Abi, string>> = {
  '0_1_0': 'get_configuration continue_request continue_response',
  '0_2_0': 'continue_stream close_stream',
  '0_2_1': 'continue_stream close_stream get_log_level',
};
const wasiFunctions = words(`
  fd_write fd_read fd_seek fd_close fd_fdstat_get fd_fdstat_set_flags environ_get environ_sizes_get args_get
  args_sizes_get clock_time_get random_get sched_yield poll_oneoff proc_exit path_open fd_prestat_get
  fd_prestat_dir_name path_filestat_get`);

/**
 * Checks that Envoy can load the bytes as a filter, as far as that can be known without running them.
 *
 * @throws {AgentError} NotWasm, NoProxyWasmAbi, UnknownImport
 */
export async function inspectModule(bytes: Uint8Array): Promise<ModuleInfo> {
  const module = await compiled(bytes);
  const exported = WebAssembly.Module.exports(module);
  const hasFunction = (name: string) => exported.some((it) => it.name === name && it.kind === 'function');
  const abi = abis.findLast((version) => hasFunction(`proxy_abi_version_${version}`));
  if (!abi) {
    throw noAbi(`exports no function proxy_abi_version_${abis.join(', _')}; build it with a proxy-wasm SDK`);
  }
  if (!hasFunction('proxy_on_memory_allocate') && !hasFunction('malloc')) {
    throw noAbi('exports neither proxy_on_memory_allocate nor malloc, by which Envoy hands bytes over');
  }
  if (!exported.some(({ kind }) => kind === 'memory')) throw noAbi('exports no memory');
  checkImports(module, abi);
  return {
    digest: hash('sha256', bytes),
    sizeBytes: bytes.length,
    abi,
    reportsRevision: hasFunction('sp_agent_reports_revision'),
    readsSpec: hasFunction('sp_agent_reads_spec_1'),
    rootId: rootIdOf(module),
  };
}

/** The custom section that the compiler writes: see `../compiler/root-id.ts`. */
function rootIdOf(module: WebAssembly.Module): string | undefined {
  const [section] = WebAssembly.Module.customSections(module, rootIdSection);
  if (section === undefined) return undefined;
  const text = Buffer.from(section).toString();
  return rootIdPattern.test(text) ? text : undefined;
}

async function compiled(bytes: Uint8Array): Promise<WebAssembly.Module> {
  if (!Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('\0asm'))) {
    const looksLikeText = /^[\s\x20-\x7e]{1,32}$/.test(Buffer.from(bytes.subarray(0, 32)).toString('latin1'));
    const what = bytes.length === 0 ? 'is empty' : looksLikeText ? 'is text' : 'begins with other bytes';
    throw new AgentError(
      'NotWasm',
      `not a WebAssembly module: it ${what}; check what the build or the URL gives`,
    );
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.replace(/^WebAssembly\.compile\(\): /, '') : '';
    throw new AgentError('NotWasm', `not a valid WebAssembly module: ${message}`, { cause });
  }
}

function checkImports(module: WebAssembly.Module, abi: Abi): void {
  const proxyFunctions = words(`${hostFunctions} ${hostFunctionsOfAbi[abi]}`);
  const offered: Readonly<Record<string, (name: string) => boolean>> = {
    env: (name) =>
      (name.startsWith('proxy_') && proxyFunctions.has(name.slice('proxy_'.length))) ||
      name === 'pthread_equal' ||
      name === 'emscripten_notify_memory_growth',
    wasi_snapshot_preview1: (name) => wasiFunctions.has(name),
    wasi_unstable: (name) => wasiFunctions.has(name),
  };
  const unknown = WebAssembly.Module.imports(module)
    .filter(({ module: from, name, kind }) => kind !== 'function' || !offered[from]?.(name))
    // A name may have as many bytes as a module.
    .map(({ module: from, name }) => plainText(`${from}.${name}`, 100));
  if (unknown.length === 0) return;
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
  const advice = unknown.includes('env.abort') ? '; compile with --use abort=' : '';
  throw new AgentError(
    'UnknownImport',
    `the module imports ${unknown.slice(0, 5).join(', ')}${more}, which Envoy does not offer to ABI ${abi}${advice}`,
  );
}

function noAbi(what: string): AgentError {
  return new AgentError('NoProxyWasmAbi', `the module ${what}`);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
