import asc from 'assemblyscript/asc';
import assert from 'node:assert/strict';
import { WasmHost } from './wasm-host.ts';

const parts = 'test/filter/fixtures/parts.ts';

/** Parts of the filter, running as the wasm that they are compiled to. */
export class FilterParts {
  readonly #exports: Readonly<Record<string, (...parameters: number[]) => number>>;
  readonly #memory: WebAssembly.Memory;

  constructor(module: WebAssembly.Module) {
    const { exports } = new WasmHost(module);
    this.#exports = exports as Record<string, (...parameters: number[]) => number>;
    this.#memory = exports['memory'] as WebAssembly.Memory;
  }

  /** Calls a part on some bytes; parameters are numbers, as the fixture says. */
  call(name: string, input: string | Uint8Array, ...parameters: number[]): number {
    const bytes = Buffer.from(input);
    this.#window(this.#run('input', [bytes.length]), bytes.length).set(bytes);
    return this.#run(name, parameters);
  }

  /** What the last call left beside its result. */
  output(): Buffer {
    return Buffer.from(this.#window(this.#run('outputAt', []), this.#run('outputSize', [])));
  }

  #run(name: string, parameters: readonly number[]): number {
    const part = this.#exports[name];
    assert.ok(part, `${parts} exports no ${name}`);
    return part(...parameters);
  }

  #window(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at >>> 0, size);
  }
}

export async function compileFilterParts(): Promise<FilterParts> {
  return new FilterParts(await compileFixture(parts));
}

/** Compiles a fixture from its source, with the filter's own options but for the last optimisations. */
export async function compileFixture(entry: string): Promise<WebAssembly.Module> {
  let bytes: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  const options = ['--runtime', 'stub', '--noAssert', '--use', 'abort=', '--lib', 'filter/lib', '-O1'];
  const { error } = await asc.main([entry, ...options, '--outFile', 'fixture.wasm'], {
    stderr,
    writeFile: (name, contents) => {
      if (name === 'fixture.wasm' && typeof contents !== 'string') bytes = contents;
    },
  });
  if (error || !bytes) throw new Error(`${entry} does not compile: ${stderr.toString()}`);
  return new WebAssembly.Module(bytes);
}
