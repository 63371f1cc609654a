import { append, countOf, joinBytes, leb, Reader, SECTION, type Section } from './sections.ts'

/**
 * WebAssembly cannot be interrupted without ending its whole thread, and a handler that takes too long is to fail like any other:
 * its deployment goes on. So each function and each turn of a loop counts a global down, and whenever that reaches zero the host is
 * asked whether to go on:
 *
 *     loop                  →  loop
 *       …                        fuel -= 1
 *                                if (fuel == 0) call_indirect tick     fills the fuel up, or throws
 *                                …
 *
 * `tick` lies in a table of its own and not among the imports, where it would change the number of every function. Costs 2 %
 * of an ERC-20 handler.
 */

/** Export names of what is added. */
export const FUEL_EXPORT = 'heddle:fuel'
export const TICK_EXPORT = 'heddle:tick'

/** Turns between two looks at the clock: some microseconds of an empty loop, and not too many of one that calls the host. */
export const FUEL = 4096

/** How many globals and tables come before those that the module defines itself. */
export interface ImportedCounts {
  readonly globals: number
  readonly tables: number
}

export interface Fuelled {
  readonly sections: readonly Section[]
  /** Index of the global, and of the table whose only element is the tick. */
  readonly fuel: number
  readonly tick: number
}

/** @throws RangeError at an instruction that is not known */
export function withFuel(sections: readonly Section[], imported: ImportedCounts): Fuelled {
  const type = countOf(sections, SECTION.type)
  const fuel = imported.globals + countOf(sections, SECTION.global)
  const tick = imported.tables + countOf(sections, SECTION.table)
  const count = Uint8Array.from([
    ...[OP.globalGet, ...leb(fuel), OP.i32Const, 1, OP.i32Sub, OP.globalSet, ...leb(fuel)],
    ...[OP.globalGet, ...leb(fuel), OP.i32Eqz, OP.if, NO_RESULT],
    ...[OP.i32Const, 0, OP.callIndirect, ...leb(type), ...leb(tick), OP.end],
  ])
  const functionWithoutAnything = [0x60, 0, 0]
  const mutableFuel = [0x7f, 1, OP.i32Const, ...leb(FUEL), OP.end]
  const tableOfOne = [0x70, 0, 1]
  const fuelled = sections.map((section) =>
    section.id === SECTION.code ? { ...section, body: rewriteCode(section.body, count) } : section,
  )
  const withType = append(fuelled, SECTION.type, [functionWithoutAnything])
  const withTable = append(withType, SECTION.table, [tableOfOne])
  return { sections: append(withTable, SECTION.global, [mutableFuel]), fuel, tick }
}

const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brTable: 0x0e,
  callIndirect: 0x11,
  returnCallIndirect: 0x13,
  selectTyped: 0x1c,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Sub: 0x6b,
  many: 0xfc,
}
const NO_RESULT = 0x40

function rewriteCode(code: Uint8Array, count: Uint8Array): Uint8Array {
  const reader = new Reader(code)
  const functions = reader.u32()
  const parts: Uint8Array[] = [Uint8Array.from(leb(functions))]
  for (let left = functions; left > 0; left--) {
    const length = reader.u32()
    const body = rewriteFunction(reader.take(length), count)
    parts.push(Uint8Array.from(leb(body.length)), body)
  }
  return joinBytes(parts)
}

function rewriteFunction(body: Uint8Array, count: Uint8Array): Uint8Array {
  const reader = new Reader(body)
  const parts: Uint8Array[] = []
  let copied = 0
  const insert = () => {
    parts.push(body.subarray(copied, reader.at), count)
    copied = reader.at
  }
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32()
    reader.byte()
  }
  insert()
  while (reader.at < body.length) {
    const opcode = reader.byte()
    skipImmediates(reader, opcode)
    if (opcode === OP.loop) insert()
  }
  parts.push(body.subarray(copied))
  return joinBytes(parts)
}

/** What follows an opcode. All numbers are LEB128, of which only the length matters here. */
function skipImmediates(reader: Reader, opcode: number): void {
  if (opcode === OP.brTable) skipNumbers(reader, reader.u32() + 1)
  else if (opcode === OP.selectTyped) skipNumbers(reader, reader.u32())
  else if (opcode === OP.f32Const) reader.skip(4)
  else if (opcode === OP.f64Const) reader.skip(8)
  else if (opcode === OP.many) skipNumbers(reader, numbersAfterMany(reader.u32()))
  else skipNumbers(reader, numbersAfter(opcode))
}

/** How many numbers follow an opcode of one byte. @see https://webassembly.github.io/spec/core/binary/instructions.html */
function numbersAfter(opcode: number): number {
  if (opcode >= OP.block && opcode <= OP.if) return 1
  if (opcode === OP.callIndirect || opcode === OP.returnCallIndirect) return 2
  // br, br_if; call, return_call; locals, globals, tables; memory.size and grow, constants; ref.null, ref.func.
  if (within(opcode, 0x0c, 0x0d) || within(opcode, 0x10, 0x12) || within(opcode, 0x20, 0x26)) return 1
  if (within(opcode, 0x3f, OP.i64Const) || opcode === 0xd0 || opcode === 0xd2) return 1
  // Loads and stores: alignment and offset.
  if (within(opcode, 0x28, 0x3e)) return 2
  const isPlain =
    opcode <= 0x01 || within(opcode, 0x05, 0x0b) || opcode === 0x0f || within(opcode, 0x1a, 0x1b) || opcode === 0xd1
  if (isPlain || within(opcode, 0x45, 0xc4)) return 0
  throw new RangeError(`The WebAssembly instruction 0x${opcode.toString(16)} is not known.`)
}

/** Those of two bytes: saturating conversions, bulk memory, tables. */
function numbersAfterMany(second: number): number {
  if (second <= 7) return 0
  if (second === 8 || second === 10 || second === 12 || second === 14) return 2
  if (second <= 17) return 1
  throw new RangeError(`The WebAssembly instruction 0xfc ${second} is not known.`)
}

function skipNumbers(reader: Reader, count: number): void {
  for (let left = count; left > 0; left--) reader.u32()
}

function within(opcode: number, first: number, last: number): boolean {
  return opcode >= first && opcode <= last
}
