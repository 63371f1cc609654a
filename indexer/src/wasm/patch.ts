import { FUEL_EXPORT, type ImportedCounts, TICK_EXPORT, withFuel } from './fuel.ts'
import { append, exportEntry, joinSections, leb, Reader, readSections, SECTION, type Section } from './sections.ts'

/**
 * A compiled mapping is changed in four small ways before V8 sees it:
 *
 * - every mutable global is exported (`heddle:0`, `heddle:1`, …), so that it can be put back between two handlers;
 * - memory starts with {@link INITIAL_PAGES} pages, so that it seldom has to grow (memory cannot shrink again);
 * - a start section becomes an ordinary export, since it may call host functions that need the instance;
 * - loops and functions count down a fuel, so that a handler that would run for ever can be stopped (fuel.ts).
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
 * @throws RangeError if the bytes are not a WebAssembly module, or one with instructions that no mapping has
 */
export function patchModule(bytes: Uint8Array<ArrayBuffer>): PatchedModule {
  const sections = readSections(bytes)
  const imported = countImported(sections)
  const mutable = mutableGlobals(sections).map((index) => index + imported.globals)
  const start = sections.find((section) => section.id === SECTION.start)
  const fuelled = withFuel(sections, imported)
  const exports = [
    ...mutable.map((index, order) => exportEntry(`heddle:${order}`, 0x03, index)),
    ...(start ? [exportEntry(START_EXPORT, 0x00, new Reader(start.body).u32())] : []),
    exportEntry(FUEL_EXPORT, 0x03, fuelled.fuel),
    exportEntry(TICK_EXPORT, 0x01, fuelled.tick),
  ]
  const patched = fuelled.sections
    .filter((section) => section.id !== SECTION.start)
    .map((section) => (section.id === SECTION.memory ? { ...section, body: roomierMemory(section.body) } : section))
  return {
    bytes: joinSections(bytes.subarray(0, 8), append(patched, SECTION.export, exports)),
    globals: mutable.map((_, order) => `heddle:${order}`),
    hasStartSection: start !== undefined,
  }
}

function countImported(sections: readonly Section[]): ImportedCounts {
  const section = sections.find(({ id }) => id === SECTION.import)
  if (!section) return { globals: 0, tables: 0 }
  const reader = new Reader(section.body)
  let globals = 0
  let tables = 0
  for (let left = reader.u32(); left > 0; left--) {
    reader.skip(reader.u32())
    reader.skip(reader.u32())
    const kind = reader.byte()
    if (kind === 0x00) reader.u32()
    else if (kind === 0x01) {
      reader.byte()
      skipLimits(reader)
      tables++
    } else if (kind === 0x02) skipLimits(reader)
    else {
      reader.skip(2)
      globals++
    }
  }
  return { globals, tables }
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
