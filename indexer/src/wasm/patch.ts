/**
 * A compiled mapping is changed in three small ways before V8 sees it; the code of its functions stays byte for byte:
 *
 * - every mutable global is exported (`heddle:0`, `heddle:1`, …), so that it can be put back between two handlers;
 * - memory starts with {@link INITIAL_PAGES} pages, so that it seldom has to grow (memory cannot shrink again);
 * - a start section becomes an ordinary export, since it may call host functions that need the instance.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */

/** 512 KiB are plenty for nearly every handler. More would make new instances dearer: V8 counts all of it as garbage. */
const INITIAL_PAGES = 8

/** Name of the exported start function of a module that had a start section. */
export const START_EXPORT = 'heddle:start'

export interface PatchedModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Export names of all mutable globals, in order of their index. */
  readonly globals: readonly string[]
  readonly hasStartSection: boolean
}

/**
 * Rewrites the memory, export and start sections.
 * @throws RangeError if the bytes are not a WebAssembly module
 */
export function patchModule(bytes: Uint8Array<ArrayBuffer>): PatchedModule {
  const sections = readSections(bytes)
  const imported = countImportedGlobals(sections)
  const mutable = mutableGlobals(sections).map((index) => index + imported)
  const start = sections.find((section) => section.id === SECTION.start)
  const added = [
    ...mutable.map((index, order) => exportEntry(`heddle:${order}`, 0x03, index)),
    ...(start ? [exportEntry(START_EXPORT, 0x00, new Reader(start.body).u32())] : []),
  ]
  const patched = sections
    .filter((section) => section.id !== SECTION.start)
    .map((section) => {
      if (section.id === SECTION.memory) return { ...section, body: roomierMemory(section.body) }
      if (section.id === SECTION.export) return { ...section, body: withExports(section.body, added) }
      return section
    })
  return {
    bytes: joinSections(bytes.subarray(0, 8), patched),
    globals: mutable.map((_, order) => `heddle:${order}`),
    hasStartSection: start !== undefined,
  }
}

const SECTION = { import: 2, memory: 5, global: 6, export: 7, start: 8 }

interface Section {
  readonly id: number
  readonly body: Uint8Array
}

class Reader {
  at = 0
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new RangeError('The WebAssembly module ends too early.')
    this.at++
    return byte
  }

  /** LEB128; good for signed ones too where only their length matters. */
  u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      if (shift < 32) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
  }

  skip(length: number): void {
    this.at += length
  }
}

function readSections(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes)
  if (reader.u32() !== 0 || String.fromCharCode(...bytes.subarray(1, 4)) !== 'asm') {
    throw new RangeError('Not a WebAssembly module.')
  }
  reader.at = 8
  const sections: Section[] = []
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const length = reader.u32()
    if (reader.at + length > bytes.length) throw new RangeError('The WebAssembly module ends too early.')
    sections.push({ id, body: bytes.subarray(reader.at, reader.at + length) })
    reader.skip(length)
  }
  return sections
}

function countImportedGlobals(sections: readonly Section[]): number {
  const section = sections.find(({ id }) => id === SECTION.import)
  if (!section) return 0
  const reader = new Reader(section.body)
  let globals = 0
  for (let left = reader.u32(); left > 0; left--) {
    reader.skip(reader.u32())
    reader.skip(reader.u32())
    const kind = reader.byte()
    if (kind === 0x00) reader.u32()
    else if (kind === 0x01) {
      reader.byte()
      skipLimits(reader)
    } else if (kind === 0x02) skipLimits(reader)
    else {
      reader.skip(2)
      globals++
    }
  }
  return globals
}

/** Indices, counted from the first global the module defines itself. */
function mutableGlobals(sections: readonly Section[]): number[] {
  const section = sections.find(({ id }) => id === SECTION.global)
  if (!section) return []
  const reader = new Reader(section.body)
  const count = reader.u32()
  const mutable: number[] = []
  for (let index = 0; index < count; index++) {
    reader.byte()
    if (reader.byte() === 1) mutable.push(index)
    skipConstant(reader)
  }
  return mutable
}

/** An initial value: one constant instruction and `end`. */
function skipConstant(reader: Reader): void {
  for (let opcode = reader.byte(); opcode !== 0x0b; opcode = reader.byte()) {
    if (opcode === 0x43) reader.skip(4)
    else if (opcode === 0x44) reader.skip(8)
    else reader.u32()
  }
}

function skipLimits(reader: Reader): void {
  const hasMaximum = (reader.byte() & 1) === 1
  reader.u32()
  if (hasMaximum) reader.u32()
}

function roomierMemory(body: Uint8Array): Uint8Array {
  const reader = new Reader(body)
  const count = reader.u32()
  const flags = reader.byte()
  const initial = reader.u32()
  const maximum = (flags & 1) === 1 ? reader.u32() : undefined
  const wanted = Math.min(Math.max(initial, INITIAL_PAGES), maximum ?? Number.POSITIVE_INFINITY)
  return Uint8Array.from([...leb(count), flags, ...leb(wanted), ...(maximum === undefined ? [] : leb(maximum))])
}

function withExports(body: Uint8Array, added: readonly (readonly number[])[]): Uint8Array {
  const reader = new Reader(body)
  const count = reader.u32()
  return Uint8Array.from([...leb(count + added.length), ...body.subarray(reader.at), ...added.flat()])
}

function exportEntry(name: string, kind: number, index: number): number[] {
  const text = new TextEncoder().encode(name)
  return [...leb(text.length), ...text, kind, ...leb(index)]
}

function joinSections(head: Uint8Array, sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const parts = [head, ...sections.flatMap(({ id, body }) => [Uint8Array.from([id, ...leb(body.length)]), body])]
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function leb(value: number): number[] {
  const bytes: number[] = []
  let left = value
  do {
    const byte = left & 0x7f
    left >>>= 7
    bytes.push(left === 0 ? byte : byte | 0x80)
  } while (left !== 0)
  return bytes
}
