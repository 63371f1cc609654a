import { isBefore } from '../deployment/manifest-rules.ts'
import { HandlerTimeoutError } from '../errors.ts'
import { resolveTypeIds } from './asc/type-id.ts'
import type { Caller } from './caller.ts'
import { FUEL, FUEL_EXPORT, TICK_EXPORT } from './fuel.ts'
import { type HandlerCall, usualTimeLimitMs } from './host.ts'
import { hostFunctions } from './imports/index.ts'
import { Memory } from './memory.ts'
import { START_EXPORT } from './patch.ts'
import { MissingExport } from './trap.ts'

/** What an instance is made of. */
export interface CompiledModule {
  readonly compiled: WebAssembly.Module
  readonly imports: readonly WebAssembly.ModuleImportDescriptor[]
  /** Export names of the mutable globals. */
  readonly globals: readonly string[]
  readonly hasStartSection: boolean
  /** Runtime class ids, the same for all instances; known after the first was made. */
  typeIds: Uint32Array | undefined
}

/**
 * A module brought to life. graph-node makes a new one for every call of a handler, so that nothing a mapping keeps in a
 * global or on its heap survives. Making one costs 100 µs; putting one back to where it was after `_start` costs less than
 * one, and comes to the same:
 *
 * ```
 *   0                        heapStart                  heapEnd = the allocator's global           memory's end
 *   │ literals, what _start   │ what the last handler     │ never handed out, so still zero          │
 *   │ left on the heap        │ allocated                 │                                          │
 *   └─ copied back ───────────┴─ zeroed ──────────────────┘                                          ┘
 *   and all mutable globals get the values they had
 * ```
 *
 * It works where the allocator only counts a global up (AssemblyScript's `stub`, with which graph-cli builds), where
 * `_start` asked nothing that depends on the handler's call, and until memory has grown, as it cannot shrink. Everywhere
 * else {@link restore} says no, and the caller makes a new instance.
 */
export class WasmInstance implements Caller {
  readonly memory: Memory
  readonly #module: CompiledModule
  readonly #exports: Readonly<Record<string, unknown>>
  readonly #rawMemory: WebAssembly.Memory
  readonly #snapshot: Snapshot | null
  #call: HandlerCall
  /** Whether a host function looked at {@link call}, or wrote through it. */
  #sawCall = false
  /** When the handler has to be done, on the clock of `performance`. */
  #deadline = 0

  /** @param call - already visible to `_start`, which graph-node runs for each handler as well */
  constructor(module: CompiledModule, call: HandlerCall) {
    this.#module = module
    this.#call = call
    const functions = hostFunctions(module.imports, this)
    const { exports } = new WebAssembly.Instance(module.compiled, functions)
    this.#exports = exports
    this.#rawMemory = exports.memory as WebAssembly.Memory
    const hasHeaders = !isBefore(call.trigger.source.definition.apiVersion, '0.0.5')
    const allocate = functionOf(exports, hasHeaders ? 'allocate' : 'memory.allocate')
    module.typeIds ??= resolveTypeIds(hasHeaders ? functionOf(exports, 'id_of_type') : undefined)
    this.memory = new Memory(this.#rawMemory, allocate, module.typeIds, hasHeaders)
    fillTick(exports, () => this.#checkTime())
    this.#setDeadline()
    if (module.hasStartSection) this.#invoke(START_EXPORT)
    if (hasHeaders) functionOf(exports, '_start')()
    this.memory.keepArena()
    this.#snapshot = this.#sawCall ? null : takeSnapshot(exports, module.globals, this.#rawMemory, allocate)
    if (this.#snapshot) {
      this.memory.keepLiterals(this.#snapshot.bytes.length)
      this.#rewind(this.#snapshot)
    }
  }

  /** What runs now; a module whose `_start` asks for it is made anew for every handler. */
  get call(): HandlerCall {
    this.#sawCall = true
    return this.#call
  }

  /** The same for all handlers of a deployment, so `_start` may ask. */
  get network(): string {
    return this.#call.trigger.source.definition.network
  }

  /** Whether the module has a function of this name. */
  has(handler: string): boolean {
    return typeof this.#exports[handler] === 'function'
  }

  run(handler: string, ...args: readonly number[]): void {
    this.#invoke(handler, ...args)
  }

  /** A new one of the same module for the same call, while this one waits. */
  another(): WasmInstance {
    return new WasmInstance(this.#module, this.call)
  }

  /** Readies the instance for another call. @returns false if only a new instance will do */
  restore(call: HandlerCall): boolean {
    const snapshot = this.#snapshot
    if (!snapshot || this.#rawMemory.buffer.byteLength !== snapshot.memorySize) return false
    this.#call = call
    this.#rewind(snapshot)
    this.#setDeadline()
    return true
  }

  #rewind(snapshot: Snapshot): void {
    const heapEnd = Number(snapshot.heapEnd.value) >>> 0
    // Where `_start` made memory grow, nobody has looked at it since.
    this.memory.check(0, heapEnd)
    const { bytes } = this.memory
    bytes.fill(0, snapshot.bytes.length, heapEnd)
    bytes.set(snapshot.bytes, 0)
    for (const { global, value } of snapshot.globals) global.value = value
    this.memory.dropArena()
  }

  #setDeadline(): void {
    this.#deadline = performance.now() + timeLimitOf(this.#call)
  }

  #checkTime(): void {
    if (performance.now() < this.#deadline) return
    throw new HandlerTimeoutError(this.#call.trigger.handler, timeLimitOf(this.#call) / 1000)
  }

  #invoke(name: string, ...words: number[]): void {
    const exported = this.#exports[name] as (...words: number[]) => void
    exported(...words)
  }
}

/** @throws {@link MissingExport} where graph-node would not make an instance either */
function functionOf(exports: WebAssembly.Exports, name: string): (...words: number[]) => number {
  const exported = exports[name]
  if (typeof exported !== 'function')
    throw new MissingExport(`module instantiation failed: \`${name}\` function not found`)
  return exported as (...words: number[]) => number
}

function timeLimitOf({ host }: HandlerCall): number {
  return host.timeLimitMs ?? usualTimeLimitMs
}

/** Puts what is called when the fuel runs out where the module looks for it. */
function fillTick(exports: WebAssembly.Exports, check: () => void): void {
  const fuel = exports[FUEL_EXPORT] as WebAssembly.Global
  const table = exports[TICK_EXPORT] as WebAssembly.Table
  const tick = () => {
    fuel.value = FUEL
    check()
  }
  const { exports: passed } = new WebAssembly.Instance(passThrough, { host: { tick } })
  table.set(0, passed.tick)
}

/** A table takes only functions of WebAssembly: `(module (func (export "tick") (import "host" "tick")))` makes one of ours. */
const passThrough = new WebAssembly.Module(
  Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[2, 13, 1, 4, 0x68, 0x6f, 0x73, 0x74, 4, 0x74, 0x69, 0x63, 0x6b, 0, 0],
    ...[7, 8, 1, 4, 0x74, 0x69, 0x63, 0x6b, 0, 0],
  ]),
)

/** How an instance was after `_start`. */
interface Snapshot {
  /** Memory up to the heap's end. */
  readonly bytes: Uint8Array
  readonly globals: readonly { readonly global: WebAssembly.Global; readonly value: number | bigint }[]
  /** The global that the allocator counts up. */
  readonly heapEnd: WebAssembly.Global
  readonly memorySize: number
}

/** @returns null if the allocator is not one that only counts up, or a global cannot be put back */
function takeSnapshot(
  exports: WebAssembly.Exports,
  names: readonly string[],
  memory: WebAssembly.Memory,
  allocate: (size: number) => number,
): Snapshot | null {
  const globals = names.map((name) => {
    const global = exports[name] as WebAssembly.Global
    return { global, value: global.value as number | bigint }
  })
  if (globals.some(({ value }) => typeof value !== 'number' && typeof value !== 'bigint')) return null
  const heapEnd = findHeapEnd(globals, allocate)
  if (!heapEnd) return null
  const size = Number(heapEnd.value) >>> 0
  const bytes = new Uint8Array(memory.buffer.slice(0, size))
  return { bytes, globals, heapEnd: heapEnd.global, memorySize: memory.buffer.byteLength }
}

/** The global that moves along with what the allocator returns. */
function findHeapEnd(
  globals: readonly { readonly global: WebAssembly.Global; readonly value: number | bigint }[],
  allocate: (size: number) => number,
): { global: WebAssembly.Global; value: number } | undefined {
  const ends = [64, 192].map((size) => {
    const end = (allocate(size) >>> 0) + size
    return { end, values: globals.map(({ global }) => Number(global.value) >>> 0) }
  })
  for (const [index, { global, value }] of globals.entries()) {
    const isEnd = ends.every(({ end, values }) => isWithinPadding(values[index] ?? 0, end))
    if (isEnd && typeof value === 'number') return { global, value }
  }
  return undefined
}

/** The stub allocator rounds up to 16 bytes, that of AssemblyScript 0.6 to 8. */
function isWithinPadding(value: number, end: number): boolean {
  return value >= end && value < end + 16
}
