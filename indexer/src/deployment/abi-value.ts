import type { Hex } from '../chain/block.ts'

/** A Solidity value with its kind, as `ethereum.Value` knows it. Integers are bigints, bytes and addresses lower-case hex. */
export type AbiValue =
  | { readonly kind: 'address'; readonly value: Hex }
  | { readonly kind: 'fixedBytes'; readonly value: Hex }
  | { readonly kind: 'bytes'; readonly value: Hex }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'uint'; readonly value: bigint }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'fixedArray'; readonly value: readonly AbiValue[] }
  | { readonly kind: 'array'; readonly value: readonly AbiValue[] }
  | { readonly kind: 'tuple'; readonly value: readonly AbiValue[] }
  /** An address and a selector. */
  | { readonly kind: 'function'; readonly value: Hex }
