import { type Hex, numberToHex } from 'viem'
import { hashOf } from './dice.ts'

/** A log before it has a place on a chain. */
export interface DraftLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  /** By default its place in the block. Some chains have logs of their own near 2^32. */
  readonly logIndex?: number
}

/** A block as JSON-RPC shows it, in parts. */
export interface MadeBlock {
  readonly number: number
  readonly branch: number
  readonly header: RawHeader
  readonly logs: readonly MadeLog[]
  readonly transactions: readonly MadeTransaction[]
}

export interface RawHeader extends Readonly<Record<string, unknown>> {
  readonly hash: Hex
  readonly number: Hex
}

export interface MadeLog extends Readonly<Record<string, unknown>> {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly transactionHash: Hex
  readonly logIndex: Hex
}

export interface MadeTransaction extends Readonly<Record<string, unknown>> {
  readonly hash: Hex
}

export interface BlockDraft {
  readonly hash: Hex
  readonly parentHash: Hex
  readonly number: number
  readonly branch: number
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly logs: readonly DraftLog[]
}

export const zeroHash: Hex = `0x${'0'.repeat(64)}`
const someone: Hex = '0x00000000000000000000000000000000000000f0'
/** Every bit set: whoever trusts blooms has to look. */
const bloom: Hex = `0x${'f'.repeat(512)}`

/** Gives each log a transaction of its own. */
export function makeBlock({ hash, parentHash, number, branch, timestamp, logs: drafts }: BlockDraft): MadeBlock {
  const place = { blockHash: hash, blockNumber: numberToHex(number) }
  const transactions = drafts.map((_, index) => ({
    ...place,
    ...{ hash: hashOf(hash, 'transaction', index), transactionIndex: numberToHex(index), nonce: numberToHex(index) },
    ...{ from: someone, to: someone, value: '0x0', gas: '0x5208', gasPrice: '0x1', input: '0x', type: '0x0' },
    ...{ v: '0x1b', r: '0x1', s: '0x1' },
  }))
  const logs = drafts.map(({ logIndex, ...log }, index) => ({
    ...log,
    ...place,
    transactionHash: hashOf(hash, 'transaction', index),
    transactionIndex: numberToHex(index),
    logIndex: numberToHex(logIndex ?? index),
    removed: false,
  }))
  const header = {
    ...{ hash, parentHash, number: numberToHex(number), timestamp: numberToHex(timestamp), size: '0x200' },
    ...{
      sha3Uncles: zeroHash,
      stateRoot: zeroHash,
      transactionsRoot: zeroHash,
      receiptsRoot: zeroHash,
      mixHash: zeroHash,
    },
    ...{ miner: someone, extraData: '0x', nonce: '0x0000000000000000', logsBloom: bloom, difficulty: '0x0' },
    ...{ gasLimit: '0x1c9c380', gasUsed: '0x5208', baseFeePerGas: '0x1', totalDifficulty: '0x0' },
  }
  return { number, branch, header, logs, transactions }
}

/** The receipt of one of a block's transactions. */
export function receiptOf({ logs, transactions }: MadeBlock, hash: Hex): unknown {
  const found = transactions.find((one) => one.hash === hash)
  if (found === undefined) return null
  const { blockHash, blockNumber, transactionIndex, from, to } = found
  return {
    ...{ transactionHash: hash, transactionIndex, blockHash, blockNumber, from, to, contractAddress: null },
    ...{ cumulativeGasUsed: '0x5208', gasUsed: '0x5208', effectiveGasPrice: '0x1', status: '0x1', type: '0x0' },
    logs: logs.filter((log) => log.transactionHash === hash),
    logsBloom: bloom,
  }
}
