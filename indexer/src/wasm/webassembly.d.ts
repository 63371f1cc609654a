/** The part of the WebAssembly API that this room uses; TypeScript has it only among the browser's types. */
declare namespace WebAssembly {
  type ImportValue = ((...words: number[]) => unknown) | Global | Memory
  type Imports = Record<string, Record<string, ImportValue>>
  type Exports = Readonly<Record<string, unknown>>

  interface ModuleImportDescriptor {
    readonly module: string
    readonly name: string
    readonly kind: 'function' | 'table' | 'memory' | 'global'
  }

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>)
    static imports(module: Module): ModuleImportDescriptor[]
    static exports(module: Module): { readonly name: string; readonly kind: string }[]
  }

  class Instance {
    constructor(module: Module, imports: Imports)
    readonly exports: Exports
  }

  class Memory {
    constructor(descriptor: { initial: number })
    readonly buffer: ArrayBuffer
  }

  class Global {
    /** An i64 is a bigint. */
    value: number | bigint
  }

  class Table {
    set(index: number, value: unknown): void
  }

  class RuntimeError extends Error {}
}
