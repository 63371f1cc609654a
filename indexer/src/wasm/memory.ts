// Other workspaces compile this file too, without our ambient types.
/// <reference path="./webassembly.d.ts" />
import { MappingError } from '../errors.ts'
import { TYPE } from './asc/type-id.ts'

/**
 * Linear memory as the host sees it: little-endian words, and objects with AssemblyScript's header in front of them.
 *
 * ```
 *   ptr-20    ptr-16    ptr-12    ptr-8     ptr-4     ptr
 *   mm_info   gc_info   gc_info2  rt_id     rt_size   payload …  (ptr is a multiple of 16)
 * ```
 *
 * AssemblyScript 0.6, of apiVersions below 0.0.5, knows no such headers: strings and buffers carry their length within.
 *
 * ```
 *   String   0: units u32   4: units …          ArrayBuffer   0: bytes u32   4: padding   8: bytes …
 * ```
 *
 * Sizes are graph-node's in both, to the byte: there are mappings that store where an object lies instead of what it says.
 *
 * The module's own allocator is asked for arenas of 10,000 bytes or more, which the host then deals out itself. When memory
 * grows, the views go dead: reads then find nothing and look again, and every write comes after an {@link Memory.allocate}.
 * @see graphprotocol/graph-node runtime/wasm/src/module/mod.rs, `impl AscHeap for WasmInstanceContext`
 * @see graphprotocol/graph-node runtime/wasm/src/asc_abi/v0_0_4.rs
 */
export class Memory {
  bytes: Buffer = Buffer.alloc(0)
  words: Uint32Array = new Uint32Array(0)
  units: Uint16Array = new Uint16Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  /** Texts of strings that live below {@link staticEnd}: literals, mostly. They never change, so they are read once. */
  readonly #literals = new Map<number, string>()
  /** Where the memory ends that every handler finds and leaves as it is; 0 until that is known. */
  staticEnd = 0
  /** Whether objects have the header in front of them: not in modules of AssemblyScript 0.6. */
  readonly hasHeaders: boolean
  /** Bytes from where a String starts to its first unit. */
  readonly stringStart: number
  /** Bytes from where an ArrayBuffer starts to its first byte. */
  readonly bufferStart: number
  readonly #memory: WebAssembly.Memory
  readonly #allocateArena: (size: number) => number
  /** Runtime ids of classes by their index in graph-ts' `TypeId`. */
  readonly #typeIds: Uint32Array
  #arena = 0
  #arenaEnd = 0
  #keptArena = 0
  #keptArenaEnd = 0
  #image: Image | null = null

  constructor(
    memory: WebAssembly.Memory,
    allocateArena: (size: number) => number,
    typeIds: Uint32Array,
    hasHeaders: boolean,
  ) {
    this.hasHeaders = hasHeaders
    this.stringStart = hasHeaders ? 0 : 4
    this.bufferStart = hasHeaders ? 0 : 8
    this.#memory = memory
    this.#allocateArena = allocateArena
    this.#typeIds = typeIds
    this.#refresh()
  }

  /** The u32 at an address. */
  word(at: number): number {
    const word = this.words[at >>> 2]
    return word === undefined || (at & 3) !== 0 ? this.#wordSlowly(at >>> 0) : word
  }

  /** Objects without headers follow each other without a gap, so not all begin at a multiple of 4. */
  setWord(at: number, word: number): void {
    if ((at & 3) === 0) this.words[at >>> 2] = word
    else this.view.setUint32(at, word >>> 0, true)
  }

  /** The pointer, if it points at anything. Without headers graph-node does not look: what is read at 0 is mostly zeros. */
  object(ptr: number): number {
    if (ptr === 0 && this.hasHeaders) throw new MappingError(NULL_POINTER)
    return ptr >>> 0
  }

  /** Bytes of a String's units. */
  sizeOfString(ptr: number): number {
    return this.hasHeaders ? this.word(ptr - 4) : this.word(ptr) * 2
  }

  /** Makes sure that a range can be read through {@link bytes}, {@link units} and {@link view}. */
  check(at: number, size: number): void {
    if (at + size <= this.bytes.length) return
    this.#refresh()
    if (at + size > this.bytes.length) throw outOfBounds(at, size)
  }

  /** Space for an object of a class, its header written; the payload is whatever the arena holds there: zeros. */
  allocate(type: number, size: number): number {
    return this.hasHeaders ? this.#place(type, size, (size + 20 + 15) & ~15) : this.#take(size)
  }

  /** The same for an ArrayBuffer, which takes a power of two. @returns where its first byte belongs */
  allocateBuffer(size: number): number {
    return this.#placeBuffer(TYPE.arrayBuffer, size, this.bufferStart, size)
  }

  /** The same for a String. @returns where its first unit belongs */
  allocateString(units: number): number {
    return this.#placeBuffer(TYPE.string, units * 2, this.stringStart, units)
  }

  /** The literal at an address, read once. */
  literal(ptr: number, read: () => string): string {
    const known = this.#literals.get(ptr)
    if (known !== undefined) return known
    const text = read()
    this.#literals.set(ptr, text)
    return text
  }

  /**
   * Writes the first object of a handler's call; if it is the same one as the last time, copies it. That works because after
   * a restore the same addresses are handed out again, so even the pointers within are the same.
   * @param source - what is written: compared by identity
   */
  writeFirst<T extends object>(source: T, write: (memory: Memory, source: T) => number): number {
    const image = this.#image
    const isFirst = this.#arena === this.#keptArena
    if (!isFirst || image === null || image.source !== source) return this.#keepImage(source, write)
    if (this.#arena + image.bytes.length > this.#arenaEnd) this.#openArena(image.bytes.length)
    if (this.#arena !== image.start) return write(this, source)
    if (this.bytes.length === 0) this.#refresh()
    this.bytes.set(image.bytes, image.start)
    this.#arena += image.bytes.length
    return image.pointer
  }

  /** What `_start` left of its arena is where every handler begins, as in graph-node. */
  keepArena(): void {
    this.#keptArena = this.#arena
    this.#keptArenaEnd = this.#arenaEnd
  }

  /** Strings below `end` may be read once, but not where handlers write: behind what `_start` used of its arena. */
  keepLiterals(end: number): void {
    this.staticEnd = this.#keptArena === 0 ? end : Math.min(end, this.#keptArena)
  }

  /** Goes back to the arena that was kept: whoever restores memory has taken away the later ones. */
  dropArena(): void {
    this.#arena = this.#keptArena
    this.#arenaEnd = this.#keptArenaEnd
  }

  #keepImage<T extends object>(source: T, write: (memory: Memory, source: T) => number): number {
    if (this.#arena === 0) this.#openArena(0)
    const start = this.#arena
    const end = this.#arenaEnd
    const pointer = write(this, source)
    // Only what stayed within one arena can be copied in one piece.
    if (end === this.#arenaEnd) {
      this.#image = { source, start, pointer, bytes: new Uint8Array(this.bytes.subarray(start, this.#arena)) }
    }
    return pointer
  }

  /** @param length - what stands in front of the content where objects have no headers */
  #placeBuffer(type: number, size: number, start: number, length: number): number {
    if (this.hasHeaders) return this.#place(type, size, size <= 12 ? 32 : 2 ** (32 - Math.clz32(size + 19)))
    const ptr = this.#take(type === TYPE.string ? size + start : 2 ** (32 - Math.clz32(size + start - 1)))
    this.setWord(ptr, length)
    return ptr + start
  }

  #place(type: number, size: number, total: number): number {
    const start = this.#take(total)
    const header = start >>> 2
    this.words[header] = total - 4
    this.words[header + 3] = this.#typeIds[type] ?? 0
    this.words[header + 4] = size
    return start + 20
  }

  #take(total: number): number {
    if (this.#arena + total > this.#arenaEnd) this.#openArena(total)
    if (this.bytes.length === 0) this.#refresh()
    const start = this.#arena
    this.#arena += total
    return start
  }

  /** With 12 bytes more than are needed where there are headers: they put what follows one of 20 at a multiple of 16. */
  #openArena(total: number): void {
    const unused = this.hasHeaders ? 12 : 0
    const size = Math.max(total + unused, 10_000)
    const start = this.#allocateArena(size) >>> 0
    this.#refresh()
    this.#arena = start + unused
    this.#arenaEnd = start + size
  }

  #wordSlowly(at: number): number {
    this.check(at, 4)
    return this.view.getUint32(at, true)
  }

  #refresh(): void {
    const { buffer } = this.#memory
    if (this.bytes.buffer === buffer && this.bytes.length > 0) return
    this.bytes = Buffer.from(buffer)
    this.words = new Uint32Array(buffer)
    this.units = new Uint16Array(buffer)
    this.view = new DataView(buffer)
  }
}

interface Image {
  readonly source: object
  readonly start: number
  readonly pointer: number
  readonly bytes: Uint8Array
}

const NULL_POINTER =
  "Tried to read AssemblyScript value that is 'null'. Suggestion: look into the function that the error happened and " +
  "add 'log' calls till you find where a 'null' value is being used as non-nullable. It's likely that you're calling a " +
  "'graph-ts' function (or operator) with a 'null' value when it doesn't support it."

function outOfBounds(at: number, size: number): MappingError {
  return new MappingError(`Heap access out of bounds. Offset: ${at} Size: ${size}`)
}
