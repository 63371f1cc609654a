/**
 * WebAssembly modules as lists of sections.
 * @see https://webassembly.github.io/spec/core/binary/modules.html
 */

export interface Section {
  readonly id: number
  readonly body: Uint8Array
}

export const SECTION = { type: 1, import: 2, table: 4, memory: 5, global: 6, export: 7, start: 8, code: 10 } as const

/** The order sections stand in; one id (12, the count of data segments) is out of line. */
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

export class Reader {
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

  take(length: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at)
  }
}

/** @throws RangeError if the bytes are not a WebAssembly module */
export function readSections(bytes: Uint8Array): Section[] {
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

/** How many things a section lists, and the first index behind them. */
export function countOf(sections: readonly Section[], id: number): number {
  const section = sections.find((one) => one.id === id)
  return section ? new Reader(section.body).u32() : 0
}

/** Adds entries at the end of a section's list, making the section if there is none. */
export function append(sections: readonly Section[], id: number, entries: readonly (readonly number[])[]): Section[] {
  if (entries.length === 0) return [...sections]
  const old = sections.find((one) => one.id === id)
  const reader = new Reader(old?.body ?? Uint8Array.of(0))
  const count = reader.u32()
  const body = joinBytes([Uint8Array.from(leb(count + entries.length)), reader.rest(), Uint8Array.from(entries.flat())])
  const made = { id, body }
  if (old) return sections.map((one) => (one === old ? made : one))
  const at = sections.findIndex((one) => ORDER.indexOf(one.id) > ORDER.indexOf(id))
  return at === -1 ? [...sections, made] : [...sections.slice(0, at), made, ...sections.slice(at)]
}

export function exportEntry(name: string, kind: number, index: number): number[] {
  const text = new TextEncoder().encode(name)
  return [...leb(text.length), ...text, kind, ...leb(index)]
}

/** @param head - magic number and version */
export function joinSections(head: Uint8Array, sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  return joinBytes([head, ...sections.flatMap(({ id, body }) => [Uint8Array.from([id, ...leb(body.length)]), body])])
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

export function leb(value: number): number[] {
  const bytes: number[] = []
  let left = value
  do {
    const byte = left & 0x7f
    left >>>= 7
    bytes.push(left === 0 ? byte : byte | 0x80)
  } while (left !== 0)
  return bytes
}
