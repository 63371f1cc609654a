import type { Hex } from '../chain/block.ts'
import type { BigDecimal } from './big-decimal.ts'

/** A field's value with the kind the mapping gave it: an Int is not a BigInt, and the store refuses the wrong one. */
export type Value =
  | { readonly kind: 'String'; readonly value: string }
  | { readonly kind: 'Int'; readonly value: number }
  | { readonly kind: 'Int8'; readonly value: bigint }
  | { readonly kind: 'BigInt'; readonly value: bigint }
  | { readonly kind: 'BigDecimal'; readonly value: BigDecimal }
  | { readonly kind: 'Boolean'; readonly value: boolean }
  /** Lower-case. */
  | { readonly kind: 'Bytes'; readonly value: Hex }
  /** Microseconds since the epoch. */
  | { readonly kind: 'Timestamp'; readonly value: bigint }
  | { readonly kind: 'List'; readonly value: readonly Value[] }
  | { readonly kind: 'Null' }
