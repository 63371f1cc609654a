import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'

/**
 * Reads a String: UTF-16LE units. NULs are left out, as graph-node does (Postgres could not keep them).
 * @throws {@link MappingError} on null and on half a surrogate pair
 */
export function readString(memory: Memory, pointer: number): string {
  const ptr = memory.object(pointer)
  if (ptr < memory.staticEnd) return memory.literal(ptr, () => decode(memory, ptr))
  return decode(memory, ptr)
}

/** Null where the pointer is. */
export function readStringOrNull(memory: Memory, ptr: number): string | null {
  return ptr === 0 ? null : readString(memory, ptr)
}

export function writeString(memory: Memory, text: string): number {
  const start = memory.allocateString(text.length)
  if (text.length > 80 || (start & 1) === 1) memory.bytes.write(text, start, 'utf16le')
  else putUnits(memory.units, start >>> 1, text)
  return start - memory.stringStart
}

function putUnits(units: Uint16Array, start: number, text: string): void {
  for (let index = 0, at = start; index < text.length; index++, at++) units[at] = text.charCodeAt(index)
}

function decode(memory: Memory, ptr: number): string {
  const size = memory.sizeOfString(ptr)
  const start = ptr + memory.stringStart
  memory.check(start, size)
  const text = memory.bytes.toString('utf16le', start, start + size)
  if (!text.isWellFormed()) throw new MappingError('invalid utf-16: lone surrogate found')
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}
