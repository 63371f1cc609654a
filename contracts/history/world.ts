import type { Address, Hex } from 'viem'

/** What the history made, for whoever writes the off-chain half of the example. */
export type World = {
  /** The chain it happened on. */
  readonly genesis: Hex
  readonly seed: number
  readonly accounts: readonly { readonly name: string; readonly address: Address }[]
  readonly collections: readonly {
    readonly address: Address
    readonly name: string
    readonly symbol: string
    readonly creator: Address
  }[]
  readonly tokens: readonly {
    readonly collection: Address
    readonly tokenId: number
    readonly name: string
    readonly uri: string
  }[]
}
