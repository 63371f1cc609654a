import type { Hex } from '../../chain/block.ts'
import type { Memory } from '../memory.ts'
import { TYPE } from './type-id.ts'

/** A copy of what a Uint8Array (or Bytes, ByteArray, Address) shows. */
export function readBytes(memory: Memory, ptr: number): Uint8Array<ArrayBuffer> {
  const { start, size } = readRange(memory, ptr)
  return new Uint8Array(memory.bytes.subarray(start, start + size))
}

/** The same as lower-case hex. */
export function readHex(memory: Memory, ptr: number): Hex {
  const { start, size } = readRange(memory, ptr)
  return `0x${memory.bytes.toString('hex', start, start + size)}`
}

/** Where the bytes of a Uint8Array lie; valid until the next allocation. */
export function readRange(memory: Memory, pointer: number): { start: number; size: number } {
  const ptr = memory.object(pointer)
  if (!memory.hasHeaders) return readBareRange(memory, ptr)
  const start = memory.word(ptr + 4)
  const size = memory.word(ptr + 8)
  memory.check(start, size)
  return { start, size }
}

/** AssemblyScript 0.6: the buffer, an offset in it, and a size, of which counts what the buffer holds. */
function readBareRange(memory: Memory, ptr: number): { start: number; size: number } {
  const buffer = memory.word(ptr)
  const offset = memory.word(ptr + 4)
  const start = buffer + memory.bufferStart + offset
  const size = Math.max(0, Math.min(memory.word(ptr + 8), memory.word(buffer) - offset))
  memory.check(start, size)
  return { start, size }
}

export function writeBytes(memory: Memory, bytes: Uint8Array): number {
  const buffer = memory.allocateBuffer(bytes.length)
  memory.bytes.set(bytes, buffer)
  return writeTypedArray(memory, buffer, bytes.length)
}

export function writeHex(memory: Memory, hex: Hex): number {
  const length = (hex.length - 2) >>> 1
  const buffer = memory.allocateBuffer(length)
  if (length > 64) memory.bytes.write(hex.slice(2), buffer, 'hex')
  else putHex(memory.bytes, buffer, hex)
  return writeTypedArray(memory, buffer, length)
}

/** Null becomes a null pointer. */
export function writeHexOrNull(memory: Memory, hex: Hex | null): number {
  return hex === null ? 0 : writeHex(memory, hex)
}

/** The view on a buffer whose first byte is at `buffer`; `length` counts bytes. */
export function writeTypedArray(memory: Memory, buffer: number, length: number): number {
  const ptr = memory.allocate(TYPE.uint8Array, 12)
  memory.setWord(ptr, buffer - memory.bufferStart)
  memory.setWord(ptr + 4, memory.hasHeaders ? buffer : 0)
  memory.setWord(ptr + 8, length)
  return ptr
}

/** 4 bits for each character code of a hex digit. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0)

function putHex(bytes: Uint8Array, start: number, hex: string): void {
  for (let from = 2, at = start; from < hex.length; from += 2, at++) {
    bytes[at] = ((NIBBLES[hex.charCodeAt(from)] ?? 0) << 4) | (NIBBLES[hex.charCodeAt(from + 1)] ?? 0)
  }
}
