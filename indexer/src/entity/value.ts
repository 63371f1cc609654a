import type { Hex } from '../chain/block.ts'
import type { BigDecimal } from './big-decimal.ts'
import * as bigDecimal from './big-decimal.ts'

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

/** Same kind and same value; numbers by value, lists element by element. */
export function valuesEqual(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a.kind === 'Null' || b.kind === 'Null') return a.kind === b.kind
  if (a.kind === 'BigDecimal') return b.kind === 'BigDecimal' && bigDecimal.equals(a.value, b.value)
  if (a.kind === 'List') return b.kind === 'List' && listsEqual(a.value, b.value)
  return a.kind === b.kind && a.value === b.value
}

/** As graph-node prints a value in an error: strings bare, lists in brackets. */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case 'Null':
      return 'null'
    case 'BigDecimal':
      return bigDecimal.toText(value.value)
    case 'List':
      return `[${value.value.map(describeValue).join(', ')}]`
    default:
      return String(value.value)
  }
}

/** As graph-node names a value's type in an error: `Int`, `[String]`, `[Any]` for the empty list. */
export function describeKind(value: Value): string {
  if (value.kind !== 'List') return value.kind
  const [first] = value.value
  return first === undefined ? '[Any]' : `[${describeKind(first)}]`
}

function listsEqual(a: readonly Value[], b: readonly Value[]): boolean {
  return (
    a.length === b.length &&
    a.every((value, index) => {
      const other = b[index]
      return other !== undefined && valuesEqual(value, other)
    })
  )
}
