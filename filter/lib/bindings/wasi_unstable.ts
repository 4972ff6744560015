// The one WASI call that @solo-io/proxy-runtime 0.1.8 makes, under the module name that Envoy still serves.
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "proc_exit")
export declare function proc_exit(code: u32): void;
