import type { Builder } from './builder.ts'
import { BadUserInputError } from './errors.ts'

/** A moment of people's rows, such as 2026-11-20T10:15:00.000Z. The chain's own are seconds, as BigInt. */
export function dateTimeType(builder: Builder): void {
  builder.scalarType('DateTime', {
    description: 'A moment in UTC, such as 2026-11-20T10:15:00.000Z.',
    serialize: (value) => value.toISOString(),
    parseValue: (value) => {
      const date = new Date(typeof value === 'string' ? value : Number.NaN)
      if (Number.isNaN(date.getTime())) {
        throw new BadUserInputError('A DateTime looks like 2026-11-20T10:15:00.000Z.')
      }
      return date
    },
  })
}
