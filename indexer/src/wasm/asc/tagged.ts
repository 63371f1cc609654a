import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'

/**
 * What `store.Value`, `ethereum.Value`, `JSONValue` and `YAMLValue` have in common: a kind, and 8 bytes that hold a number
 * or a pointer.
 *
 * ```
 *   0: kind u32   4: padding   8: payload u64
 * ```
 * @param payload - a pointer, a bool, or an i32, whose sign goes on through the upper half
 */
export function writeTagged(memory: Memory, type: number, kind: number, payload: number): number {
  const ptr = memory.allocate(type, 16)
  memory.setWord(ptr, kind)
  memory.setWord(ptr + 8, payload)
  if (payload < 0) memory.setWord(ptr + 12, 0xffff_ffff)
  return ptr
}

export function writeTaggedLong(memory: Memory, type: number, kind: number, payload: bigint): number {
  const ptr = memory.allocate(type, 16)
  memory.setWord(ptr, kind)
  memory.view.setBigInt64(ptr + 8, payload, true)
  return ptr
}

/** Values may hold values, but not without end. @throws {@link MappingError} beyond graph-node's 128 levels */
export function checkDepth(depth: number): void {
  if (depth > 128) throw new MappingError('recursion limit reached')
}
