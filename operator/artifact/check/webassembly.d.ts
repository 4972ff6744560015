/** The part of the WebAssembly JavaScript interface that is used here; TypeScript has it only with the browser's types. */
declare namespace WebAssembly {
  interface ExportDescriptor {
    readonly name: string;
    readonly kind: 'function' | 'table' | 'memory' | 'global' | 'tag';
  }
  interface ImportDescriptor extends ExportDescriptor {
    readonly module: string;
  }
  interface Module {
    readonly [Symbol.toStringTag]: string;
  }
  const Module: {
    new (bytes: Uint8Array): Module;
    exports(module: Module): ExportDescriptor[];
    imports(module: Module): ImportDescriptor[];
    customSections(module: Module, name: string): ArrayBuffer[];
  };
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  type Imports = Record<string, Record<string, (...parameters: number[]) => number>>;
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  const Instance: new (module: Module, imports: Imports) => Instance;
  function compile(bytes: Uint8Array): Promise<Module>;
}
