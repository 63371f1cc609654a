import type { Memory } from '../memory.ts'

/** The elements of an Array of references: pointers, unread. */
export function readPointers(memory: Memory, pointer: number): number[] {
  const ptr = memory.object(pointer)
  const { start, length } = memory.hasHeaders ? elementsOf(memory, ptr) : bareElementsOf(memory, ptr)
  memory.check(start, length * 4)
  const pointers = new Array<number>(length)
  for (let index = 0; index < length; index++) pointers[index] = memory.word(start + index * 4)
  return pointers
}

export function writePointers(memory: Memory, type: number, pointers: readonly number[]): number {
  const buffer = memory.allocateBuffer(pointers.length * 4)
  const ptr = memory.allocate(type, memory.hasHeaders ? 16 : 8)
  for (let index = 0; index < pointers.length; index++) memory.setWord(buffer + index * 4, pointers[index] ?? 0)
  if (!memory.hasHeaders) {
    memory.setWord(ptr, buffer - memory.bufferStart)
    memory.setWord(ptr + 4, pointers.length)
    return ptr
  }
  const { words } = memory
  const at = ptr >>> 2
  words[at] = buffer
  words[at + 1] = buffer
  words[at + 2] = pointers.length * 4
  words[at + 3] = pointers.length
  return ptr
}

/** An object whose payload is nothing but pointers (or other words), in order. */
export function writeWords(memory: Memory, type: number, fields: readonly number[]): number {
  const ptr = memory.allocate(type, fields.length * 4)
  for (let index = 0; index < fields.length; index++) memory.setWord(ptr + index * 4, fields[index] ?? 0)
  return ptr
}

function elementsOf(memory: Memory, ptr: number): { start: number; length: number } {
  return { start: memory.word(ptr + 4), length: memory.word(ptr + 12) }
}

/** AssemblyScript 0.6: the buffer and a length, of which counts what the buffer holds. */
function bareElementsOf(memory: Memory, ptr: number): { start: number; length: number } {
  const buffer = memory.word(ptr)
  return { start: buffer + memory.bufferStart, length: Math.min(memory.word(ptr + 4), memory.word(buffer) >>> 2) }
}
