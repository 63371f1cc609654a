import type { Address, Hex } from 'viem'

/** One transaction of the history, ready but for its nonce and signature. */
export type Step = {
  /** Which of the history's blocks it is in; several may share one, and keep their order there. */
  readonly block: number
  /** The development account that sends it; 0 deployed the contracts. */
  readonly sender: number
  readonly to: Address
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  /** In a few words, for whoever has to find out why it failed. */
  readonly what: string
}
