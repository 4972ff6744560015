/** What a hand-made module imports and exports. */
export interface WasmShape {
  readonly imports?: readonly (readonly [module: string, name: string])[];
  readonly functions?: readonly string[];
  readonly memory?: boolean;
  /** Bytes of a custom section, which makes modules of any length. */
  readonly padding?: Uint8Array;
  /** A custom section. */
  readonly section?: { readonly name: string; readonly bytes: Uint8Array };
}

/**
 * A module in WebAssembly's binary format (https://webassembly.github.io/spec/core/binary/) whose functions take and
 * return nothing.
 */
export function wasmModule(shape: WasmShape): Uint8Array {
  const { imports = [], functions = [], memory = true } = shape;
  const exported = functions.map((name, index) => [...text(name), 0, ...unsigned(imports.length + index)]);
  if (memory) exported.push([...text('memory'), 2, 0]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 0, 0]]),
    ...section(
      2,
      imports.map(([module, name]) => [...text(module), ...text(name), 0, 0]),
    ),
    ...section(
      3,
      functions.map(() => [0]),
    ),
    ...(memory ? section(5, [[0, 1]]) : []),
    ...section(7, exported),
    ...section(
      10,
      functions.map(() => [2, 0, 0x0b]),
    ),
    ...(shape.padding ? custom('padding', shape.padding) : []),
    ...(shape.section ? custom(shape.section.name, shape.section.bytes) : []),
  ]);
}

/** The least that Envoy takes for a filter. */
export const filterShape: WasmShape = { functions: ['proxy_abi_version_0_2_1', 'proxy_on_memory_allocate'] };

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function custom(name: string, bytes: Uint8Array): number[] {
  const content = [...text(name), ...bytes];
  return [0, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}
