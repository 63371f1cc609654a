import { dividedBy, fromBigInt } from '../../entity/big-decimal.ts'
import { MappingError } from '../../errors.ts'
import { readBigDecimal, writeBigDecimal } from '../asc/big-decimal.ts'
import { checkBits, readBigInt, writeBigInt } from '../asc/big-int.ts'
import { readString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'

/** Unbounded signed integers; division truncates, bits are those of infinite two's complement: all as in JS. */
export function bigInt(instance: Caller): HostFunctions {
  const binary = (compute: (x: bigint, y: bigint) => bigint) => (x: number, y: number) => {
    const { memory } = instance
    return writeBigInt(memory, compute(readBigInt(memory, x), readBigInt(memory, y)))
  }
  /** The second operand is a plain u8. */
  const byByte = (compute: (x: bigint, y: bigint) => bigint) => (x: number, y: number) => {
    // The language lets a u8 that has grown beyond a byte reach us as it is.
    if (y < 0 || y > 255) throw new MappingError('out of range integral type conversion attempted')
    const { memory } = instance
    return writeBigInt(memory, compute(readBigInt(memory, x), BigInt(y)))
  }
  return {
    'bigInt.plus': binary((x, y) => x + y),
    'bigInt.minus': binary((x, y) => x - y),
    'bigInt.times': binary((x, y) => x * y),
    'bigInt.dividedBy': binary((x, y) => {
      if (y === 0n) throw new MappingError(`attempted to divide BigInt \`${x}\` by zero`)
      return x / y
    }),
    'bigInt.mod': binary((x, y) => {
      if (y === 0n) throw new MappingError(`attempted to calculate the remainder of \`${x}\` with a divisor of zero`)
      return x % y
    }),
    'bigInt.bitOr': binary((x, y) => x | y),
    'bigInt.bitAnd': binary((x, y) => x & y),
    'bigInt.pow': byByte((x, y) => {
      if (x !== 0n && x !== 1n && x !== -1n) checkBits((bitLength(x) - 1) * Number(y))
      return x ** y
    }),
    'bigInt.leftShift': byByte((x, y) => x << y),
    'bigInt.rightShift': byByte((x, y) => x >> y),
    'bigInt.dividedByDecimal': (x = 0, y = 0) => {
      const { memory } = instance
      const dividend = fromBigInt(readBigInt(memory, x))
      return writeBigDecimal(memory, dividedBy(dividend, readBigDecimal(memory, y)))
    },
    'bigInt.fromString': (text = 0) => writeBigInt(instance.memory, parseBigInt(readString(instance.memory, text))),
  }
}

/**
 * Reads a decimal integer as Rust's num-bigint does: a sign, digits, underscores between or behind them.
 * @throws {@link MappingError} for anything else
 */
export function parseBigInt(text: string): bigint {
  if (!/^[+-]?[0-9][0-9_]*$/.test(text)) {
    const reason = /^[+-]?$/.test(text) ? 'cannot parse integer from empty string' : 'invalid digit found in string'
    throw new MappingError(`string is not a BigInt: \`${text}\`: ${reason}`)
  }
  return BigInt(text.replace(/^\+|_/g, ''))
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length
}
