import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { TYPE } from './type-id.ts'

/** `Wrapped<bool>`: a bool that can be pointed at. */
export function writeWrappedBool(memory: Memory, value: boolean): number {
  const ptr = memory.allocate(TYPE.wrappedBool, 1)
  memory.bytes[ptr] = value ? 1 : 0
  return ptr
}

/**
 * `Result<V, bool>`: either a wrapped value or a wrapped `true`.
 * @param types - of the result and of the wrapper around its value
 * @param value - a pointer; null if it failed
 */
export function writeResult(memory: Memory, types: { result: number; wrapped: number }, value: number | null): number {
  if (value === null) return writeWords(memory, types.result, [0, writeWrappedBool(memory, true)])
  return writeWords(memory, types.result, [writeWords(memory, types.wrapped, [value]), 0])
}
