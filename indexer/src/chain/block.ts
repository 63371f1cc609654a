/** Lower-case, `0x`-prefixed, even number of digits. */
export type Hex = `0x${string}`

/** A place on a chain: the number alone would not survive a reorg. */
export interface BlockPtr {
  readonly number: number
  readonly hash: Hex
}

/** What links a block to its parent; enough to notice a reorg. */
export interface BlockLink extends BlockPtr {
  readonly parentHash: Hex
  /** Seconds since the epoch. */
  readonly timestamp: number
}

export interface Header extends BlockLink {
  readonly unclesHash: Hex
  readonly author: Hex
  readonly stateRoot: Hex
  readonly transactionsRoot: Hex
  readonly receiptsRoot: Hex
  readonly gasUsed: bigint
  readonly gasLimit: bigint
  readonly difficulty: bigint
  /** 0 where the node leaves it out. */
  readonly totalDifficulty: bigint
  readonly size: bigint | null
  readonly baseFeePerGas: bigint | null
}

export interface Transaction {
  readonly hash: Hex
  readonly index: number
  readonly from: Hex
  readonly to: Hex | null
  readonly value: bigint
  readonly gasLimit: bigint
  /** The effective price: for type 2, min(maxFee, baseFee + tip). */
  readonly gasPrice: bigint
  readonly input: Hex
  readonly nonce: bigint
}

export interface Log {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly transactionHash: Hex
  readonly transactionIndex: number
  /** Unsigned; close to 2^32 on some chains. */
  readonly logIndex: number
}

export interface Receipt {
  readonly transactionHash: Hex
  readonly transactionIndex: number
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly cumulativeGasUsed: bigint
  readonly gasUsed: bigint
  readonly contractAddress: Hex | null
  readonly logs: readonly Log[]
  readonly status: bigint | null
  readonly root: Hex | null
  readonly logsBloom: Hex
}

/** A block with what handlers may ask of it. */
export interface Block {
  readonly header: Header
  /** Those that match the stream's filter, by log index. */
  readonly logs: readonly Log[]
  /** By hash; at least those of the logs above. */
  readonly transactions: ReadonlyMap<Hex, Transaction>
  /** By transaction hash; only where a handler asks for receipts. */
  readonly receipts: ReadonlyMap<Hex, Receipt>
}
