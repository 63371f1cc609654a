import { type BigDecimal, normalise } from '../../entity/big-decimal.ts'
import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'
import { writeWords } from './array.ts'
import { readBigInt, writeBigInt, writeNumber } from './big-int.ts'
import { TYPE } from './type-id.ts'

const MIN_EXPONENT = -6143n
const MAX_EXPONENT = 6144n

/**
 * Reads digits × 10^exp and normalises it: what a mapping put together itself is cut as well.
 * @throws {@link MappingError} on an exponent out of range
 */
export function readBigDecimal(memory: Memory, pointer: number): BigDecimal {
  const ptr = memory.object(pointer)
  const digits = readBigInt(memory, memory.word(ptr))
  const exponent = readBigInt(memory, memory.word(ptr + 4))
  if (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT) {
    throw new MappingError(
      `big decimal exponent \`${exponent}\` is outside the \`${MIN_EXPONENT}\` to \`${MAX_EXPONENT}\` range`,
    )
  }
  return normalise(digits, Number(-exponent))
}

export function writeBigDecimal(memory: Memory, value: BigDecimal): number {
  return writeWords(memory, TYPE.bigDecimal, [writeBigInt(memory, value.digits), writeNumber(memory, -value.scale)])
}
