import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'
import { readRange, writeTypedArray } from './bytes.ts'

/** More bits than this no BigInt may have. @see graph-node graph/src/data/store/scalar/bigint.rs */
export const MAX_BITS = 435_412

/** Reads a BigInt: two's complement, little-endian, of any length; no bytes are zero. */
export function readBigInt(memory: Memory, ptr: number): bigint {
  const { start, size } = readRange(memory, ptr)
  if (size <= 6) return BigInt(signedNumber(memory.bytes, start, size))
  if (size * 8 > MAX_BITS) checkBits(size * 8)
  // The top chunk has 1 to 4 bytes and carries the sign; below it come whole 64-bit words, then perhaps one of 32 bits.
  const top = ((size - 1) & 3) + 1
  let at = start + size - top
  let value = BigInt(signedNumber(memory.bytes, at, top))
  while (at - start >= 8) {
    at -= 8
    value = (value << 64n) | memory.view.getBigUint64(at, true)
  }
  if (at > start) value = (value << 32n) | BigInt(memory.view.getUint32(start, true))
  return value
}

/** Writes a BigInt in as few bytes as hold its sign; zero has one. */
export function writeBigInt(memory: Memory, value: bigint): number {
  return -LIMIT_48 <= value && value < LIMIT_48 ? writeNumber(memory, Number(value)) : writeLong(memory, value)
}

/** An integer of at most 48 bits, saving the detour over `bigint`. */
export function writeNumber(memory: Memory, value: number): number {
  let size = 1
  for (let limit = 128; (value < -limit || value >= limit) && size < 6; limit *= 256) size++
  const buffer = memory.allocateBuffer(size)
  const { bytes } = memory
  let left = value
  for (let index = 0; index < size; index++) {
    bytes[buffer + index] = left & 0xff
    left = Math.floor(left / 256)
  }
  return writeTypedArray(memory, buffer, size)
}

export function writeBigIntOrNull(memory: Memory, value: bigint | null): number {
  return value === null ? 0 : writeBigInt(memory, value)
}

/** @throws {@link MappingError} if a number has grown beyond what graph-node allows */
export function checkBits(bits: number): void {
  if (bits > MAX_BITS) throw new MappingError(`BigInt is too big, total bits ${bits} (max ${MAX_BITS})`)
}

const LIMIT_48 = 1n << 47n

/** Two's complement of up to 6 bytes. */
function signedNumber(bytes: Uint8Array, start: number, size: number): number {
  let value = 0
  let weight = 1
  for (let index = 0; index < size; index++) {
    value += (bytes[start + index] ?? 0) * weight
    weight *= 256
  }
  return value >= weight / 2 && size > 0 ? value - weight : value
}

/** Grows to the longest number seen. */
let scratch = new DataView(new ArrayBuffer(64))

function writeLong(memory: Memory, value: bigint): number {
  let words = 0
  let left = value
  while (left !== 0n && left !== -1n) {
    if (words * 8 === scratch.byteLength) growScratch()
    scratch.setBigUint64(words * 8, BigInt.asUintN(64, left), true)
    left >>= 64n
    words++
  }
  const filler = value < 0n ? 0xff : 0
  let size = words * 8
  while (size > 1 && scratch.getUint8(size - 1) === filler) size--
  const hasSignBit = scratch.getUint8(size - 1) >= 0x80
  const needsFiller = hasSignBit !== value < 0n
  const length = needsFiller ? size + 1 : size
  if (length * 8 > MAX_BITS) checkBits(length * 8)
  const buffer = memory.allocateBuffer(length)
  const { bytes } = memory
  for (let index = 0; index < size; index++) bytes[buffer + index] = scratch.getUint8(index)
  if (needsFiller) bytes[buffer + size] = filler
  return writeTypedArray(memory, buffer, length)
}

function growScratch(): void {
  const larger = new Uint8Array(scratch.byteLength * 2)
  larger.set(new Uint8Array(scratch.buffer))
  scratch = new DataView(larger.buffer)
}
