import { type BigDecimal, dividedBy, equals, fromString, minus, plus, times, toText } from '../../entity/big-decimal.ts'
import { readBigDecimal, writeBigDecimal } from '../asc/big-decimal.ts'
import { readString, writeString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'

/** Decimals of 34 digits; what that means for negative ones stands in `entity/big-decimal.ts`. */
export function bigDecimal(instance: Caller): HostFunctions {
  const binary = (compute: (x: BigDecimal, y: BigDecimal) => BigDecimal) => (x: number, y: number) => {
    const { memory } = instance
    return writeBigDecimal(memory, compute(readBigDecimal(memory, x), readBigDecimal(memory, y)))
  }
  return {
    'bigDecimal.plus': binary(plus),
    'bigDecimal.minus': binary(minus),
    'bigDecimal.times': binary(times),
    'bigDecimal.dividedBy': binary(dividedBy),
    'bigDecimal.equals': (x = 0, y = 0) => {
      const { memory } = instance
      return equals(readBigDecimal(memory, x), readBigDecimal(memory, y)) ? 1 : 0
    },
    'bigDecimal.toString': (x = 0) => writeString(instance.memory, toText(readBigDecimal(instance.memory, x))),
    'bigDecimal.fromString': (text = 0) => {
      const { memory } = instance
      return writeBigDecimal(memory, fromString(readString(memory, text)))
    },
  }
}
