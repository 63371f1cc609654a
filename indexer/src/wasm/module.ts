import type { HandlerCall } from './host.ts'
import { type CompiledModule, WasmInstance } from './instance.ts'
import { patchModule } from './patch.ts'

/** A compiled mapping, shared by all data sources that name its file. */
export class WasmModule implements CompiledModule {
  readonly compiled: WebAssembly.Module
  readonly imports: readonly WebAssembly.ModuleImportDescriptor[]
  readonly globals: readonly string[]
  readonly hasStartSection: boolean
  typeIds: Uint32Array | undefined
  /** New instances made so far. One is the normal case. */
  instancesMade = 0
  #spare: WasmInstance | null = null

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const patched = patchModule(bytes)
    this.compiled = new WebAssembly.Module(patched.bytes)
    this.imports = WebAssembly.Module.imports(this.compiled)
    this.globals = patched.globals
    this.hasStartSection = patched.hasStartSection
  }

  /** An instance as `_start` leaves it: the one used before, put back, or else a new one. */
  instanceFor(call: HandlerCall): WasmInstance {
    if (this.#spare?.restore(call)) return this.#spare
    return this.freshInstance(call)
  }

  /** An instance that never ran a handler. */
  freshInstance(call: HandlerCall): WasmInstance {
    this.#spare = null
    const instance = new WasmInstance(this, call)
    this.instancesMade++
    this.#spare = instance
    return instance
  }
}

/**
 * Compiles a mapping.
 * @throws WebAssembly.CompileError or RangeError if the bytes are no module
 */
export function compileModule(bytes: Uint8Array<ArrayBuffer>): WasmModule {
  return new WasmModule(bytes)
}
