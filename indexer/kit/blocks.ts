import type { Block, Call, Header, Hex, Log, Receipt, Transaction } from '../src/chain/block.ts'
import type { BareCall } from './calls.ts'
import type { BareLog } from './events.ts'
import type { CallInput, EventInput } from './inputs.ts'

const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
const SENDER: Hex = `0x${'5e'.repeat(20)}`

/** A header as an ordinary chain would have it, its hash made from its number. */
export function headerAt(number: number): Omit<Header, 'timestamp'> {
  return {
    number,
    hash: hashOf('b10c', number),
    parentHash: hashOf('b10c', number - 1),
    unclesHash: '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
    author: `0x${'00'.repeat(20)}`,
    stateRoot: ZERO_HASH,
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    gasUsed: 100_000n,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    totalDifficulty: 0n,
    size: 1000n,
    baseFeePerGas: 1_000_000_000n,
  }
}

/** A block with nothing in it, or with one log of one transaction. */
export function blockOf(
  header: Header,
  bare?: BareLog,
  { transaction: about, receipt, logIndex = 0 }: Partial<EventInput> = {},
): Block {
  if (!bare) return { header, logs: [], transactions: new Map(), receipts: new Map() }
  const transaction = lowerHex<Transaction>({ ...transactionAt(header, bare.address), ...about })
  const log: Log = {
    ...bare,
    blockHash: header.hash,
    blockNumber: header.number,
    transactionHash: transaction.hash,
    transactionIndex: transaction.index,
    logIndex,
  }
  const { hash } = transaction
  return {
    header,
    logs: [log],
    transactions: new Map([[hash, transaction]]),
    receipts: new Map([[hash, lowerHex<Receipt>({ ...receiptOf(log, header), ...receipt })]]),
  }
}

/** A block with one call of one transaction. */
export function callBlockOf(header: Header, bare: BareCall, { transaction: about, from }: Partial<CallInput>): Block {
  const { to, input } = bare
  const transaction = lowerHex<Transaction>({ ...transactionAt(header, to), input, ...about })
  const call: Call = lowerHex<Call>({
    ...bare,
    from: from ?? transaction.from,
    value: transaction.value,
    gasUsed: 50_000n,
    blockHash: header.hash,
    blockNumber: header.number,
    transactionHash: transaction.hash,
    transactionIndex: transaction.index,
    depth: 0,
    isUndone: false,
  })
  const transactions = new Map([[transaction.hash, transaction]])
  return { header, logs: [], transactions, receipts: new Map(), calls: [call] }
}

function transactionAt(header: Header, to: Hex): Transaction {
  return {
    hash: hashOf('7a', header.number),
    index: 0,
    from: SENDER,
    to,
    value: 0n,
    gasLimit: 100_000n,
    gasPrice: 1_000_000_000n,
    input: '0x',
    nonce: 0n,
  }
}

function receiptOf(log: Log, header: Header): Receipt {
  return {
    transactionHash: log.transactionHash,
    transactionIndex: log.transactionIndex,
    blockHash: header.hash,
    blockNumber: header.number,
    cumulativeGasUsed: 100_000n,
    gasUsed: 100_000n,
    contractAddress: null,
    logs: [log],
    status: 1n,
    root: null,
    logsBloom: `0x${'00'.repeat(256)}`,
  }
}

function hashOf(prefix: string, number: number): Hex {
  return `0x${prefix}${number.toString(16).padStart(64 - prefix.length, '0')}`
}

/** The indexer knows only lower-case hex; tests may copy checksummed addresses. */
function lowerHex<T extends object>(record: T): T {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.toLowerCase() : value,
  ])
  return Object.fromEntries(entries)
}
