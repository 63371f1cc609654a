import type { Address, Hex, LocalAccount } from 'viem'
import type { Rpc } from './rpc.ts'

/** What a transaction does; the rest of it (fees, type) is the same for all of ours. */
export type Sendable = {
  readonly chainId: number
  /** Always given: transactions sent close together must not race for one. */
  readonly nonce: number
  /** Absent when the data deploys a contract. */
  readonly to?: Address
  readonly data: Hex
  readonly value?: bigint
  readonly gas: bigint
}

/** Signs a transaction that pays what the chain asks now, with room for the base fee to double and double again. */
export async function sign(rpc: Rpc, account: LocalAccount, transaction: Sendable): Promise<Hex> {
  const gasPrice = BigInt(await rpc<Hex>('eth_gasPrice'))
  const tip = gasPrice < 1_000_000_000n ? gasPrice : 1_000_000_000n
  return account.signTransaction({
    type: 'eip1559',
    maxFeePerGas: gasPrice * 4n + tip,
    maxPriorityFeePerGas: tip,
    ...transaction,
  })
}
