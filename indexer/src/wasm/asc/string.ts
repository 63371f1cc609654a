import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'
import { TYPE } from './type-id.ts'

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
  const ptr = memory.allocateBuffer(TYPE.string, text.length * 2)
  if (text.length > 80) {
    memory.bytes.write(text, ptr, 'utf16le')
    return ptr
  }
  const { units } = memory
  for (let index = 0, at = ptr >>> 1; index < text.length; index++, at++) units[at] = text.charCodeAt(index)
  return ptr
}

function decode(memory: Memory, ptr: number): string {
  const size = memory.sizeOf(ptr)
  memory.check(ptr, size)
  const text = memory.bytes.toString('utf16le', ptr, ptr + size)
  if (!text.isWellFormed()) throw new MappingError('invalid utf-16: lone surrogate found')
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}
