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

/** A call that one account made of another, and that did not itself fail. */
export interface Call {
  readonly from: Hex
  readonly to: Hex
  /** At least a selector. */
  readonly input: Hex
  readonly output: Hex
  readonly value: bigint
  readonly gasUsed: bigint
  readonly blockHash: Hex
  readonly blockNumber: number
  readonly transactionHash: Hex
  readonly transactionIndex: number
  /** How many calls it is inside of; 0 for what a transaction itself calls. */
  readonly depth: number
  /** Whether the transaction it was part of failed in the end. What a call around it undid does not show. */
  readonly isUndone: boolean
}

/** A block with what handlers may ask of it. */
export interface Block {
  readonly header: Header
  /** Those that match the stream's filter, by log index. */
  readonly logs: readonly Log[]
  /** By hash; at least those of the logs and calls. */
  readonly transactions: ReadonlyMap<Hex, Transaction>
  /** By transaction hash; only where a handler asks for receipts. */
  readonly receipts: ReadonlyMap<Hex, Receipt>
  /** Those that match the stream's filter, as the node traced them: outer before inner. Absent where no one listens to calls. */
  readonly calls?: readonly Call[]
}

// ── from JSON-RPC ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a node answered: its fields may be missing or null, whatever the standard says. */
export type RawAnswer = Readonly<Record<string, unknown>>

/** @throws TypeError if there is not even a number, a hash and a parent */
export function parseHeader(raw: RawAnswer): Header {
  return {
    number: quantity(raw.number),
    hash: hex(raw.hash),
    parentHash: hex(raw.parentHash),
    timestamp: quantity(raw.timestamp ?? '0x0'),
    unclesHash: hex(raw.sha3Uncles ?? ZERO_HASH),
    author: hex(raw.miner ?? raw.author ?? ZERO_ADDRESS),
    stateRoot: hex(raw.stateRoot ?? ZERO_HASH),
    transactionsRoot: hex(raw.transactionsRoot ?? ZERO_HASH),
    receiptsRoot: hex(raw.receiptsRoot ?? ZERO_HASH),
    gasUsed: bigQuantity(raw.gasUsed) ?? 0n,
    gasLimit: bigQuantity(raw.gasLimit) ?? 0n,
    difficulty: bigQuantity(raw.difficulty) ?? 0n,
    totalDifficulty: bigQuantity(raw.totalDifficulty) ?? 0n,
    size: bigQuantity(raw.size),
    baseFeePerGas: bigQuantity(raw.baseFeePerGas),
  }
}

/**
 * @param raw - a block that was asked for with full transactions
 * @param wanted - the hashes of those to read: a block may hold hundreds, and few of them matter
 */
export function parseTransactions(raw: RawAnswer, header: Header, wanted: ReadonlySet<Hex>): Map<Hex, Transaction> {
  const list: readonly unknown[] = Array.isArray(raw.transactions) ? raw.transactions : []
  const found = new Map<Hex, Transaction>()
  if (wanted.size === 0) return found
  list.forEach((one, position) => {
    if (!isRaw(one)) return
    const hash = hex(one.hash)
    if (wanted.has(hash)) found.set(hash, parseTransaction(one, position, header.baseFeePerGas))
  })
  return found
}

function parseTransaction(raw: RawAnswer, position: number, baseFee: bigint | null): Transaction {
  return {
    hash: hex(raw.hash),
    index: quantity(raw.transactionIndex ?? position),
    from: hex(raw.from ?? ZERO_ADDRESS),
    to: raw.to ? hex(raw.to) : null,
    value: bigQuantity(raw.value) ?? 0n,
    gasLimit: bigQuantity(raw.gas) ?? 0n,
    gasPrice: effectivePrice(raw, baseFee),
    input: hex(raw.input ?? raw.data ?? '0x'),
    nonce: bigQuantity(raw.nonce) ?? 0n,
  }
}

function effectivePrice(raw: RawAnswer, baseFee: bigint | null): bigint {
  const most = bigQuantity(raw.maxFeePerGas)
  const tip = bigQuantity(raw.maxPriorityFeePerGas)
  if (most === null || tip === null || baseFee === null) return bigQuantity(raw.gasPrice) ?? most ?? 0n
  return most < baseFee + tip ? most : baseFee + tip
}

export function parseLog(raw: RawAnswer): Log {
  return {
    address: hex(raw.address),
    topics: Array.isArray(raw.topics) ? raw.topics.map(hex) : [],
    data: hex(raw.data ?? '0x'),
    blockHash: hex(raw.blockHash),
    blockNumber: quantity(raw.blockNumber),
    transactionHash: hex(raw.transactionHash ?? ZERO_HASH),
    transactionIndex: quantity(raw.transactionIndex ?? '0x0'),
    logIndex: quantity(raw.logIndex),
  }
}

export function parseReceipt(raw: RawAnswer): Receipt {
  return {
    transactionHash: hex(raw.transactionHash),
    transactionIndex: quantity(raw.transactionIndex),
    blockHash: hex(raw.blockHash),
    blockNumber: quantity(raw.blockNumber),
    cumulativeGasUsed: bigQuantity(raw.cumulativeGasUsed) ?? 0n,
    gasUsed: bigQuantity(raw.gasUsed) ?? 0n,
    contractAddress: raw.contractAddress ? hex(raw.contractAddress) : null,
    logs: Array.isArray(raw.logs) ? raw.logs.filter(isRaw).map(parseLog) : [],
    status: bigQuantity(raw.status),
    root: raw.root ? hex(raw.root) : null,
    logsBloom: hex(raw.logsBloom ?? '0x'),
  }
}

/**
 * @param raw - one trace, as `trace_filter` and `trace_block` write it
 * @returns null if it is no call, failed, has no selector (a mere payment), or belongs to no transaction
 */
export function parseCall(raw: RawAnswer): Call | null {
  const { action, result, error } = raw
  if (!isRaw(action) || !isRaw(result) || (error !== undefined && error !== null)) return null
  const isCall = raw.type === 'call' || (raw.type === undefined && action.callType !== undefined)
  if (!isCall || raw.transactionHash === null || typeof raw.transactionPosition !== 'number') return null
  const input = hex(action.input ?? '0x')
  if (input.length < SELECTOR_LENGTH) return null
  return {
    from: hex(action.from),
    to: hex(action.to),
    input,
    output: hex(result.output ?? '0x'),
    value: bigQuantity(action.value) ?? 0n,
    gasUsed: bigQuantity(result.gasUsed) ?? 0n,
    blockHash: hex(raw.blockHash),
    blockNumber: quantity(raw.blockNumber),
    transactionHash: hex(raw.transactionHash),
    transactionIndex: raw.transactionPosition,
    depth: Array.isArray(raw.traceAddress) ? raw.traceAddress.length : 0,
    isUndone: false,
  }
}

/** `0x` and four bytes. */
const SELECTOR_LENGTH = 10

export function isRaw(value: unknown): value is RawAnswer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function pointer({ number, hash }: BlockPtr): BlockPtr {
  return { number, hash }
}

export function link({ number, hash, parentHash, timestamp }: BlockLink): BlockLink {
  return { number, hash, parentHash, timestamp }
}

const ZERO_HASH = `0x${'00'.repeat(32)}`
const ZERO_ADDRESS = `0x${'00'.repeat(20)}`

function hex(value: unknown): Hex {
  if (typeof value !== 'string' || !value.startsWith('0x')) throw new TypeError(`expected hex, got ${String(value)}`)
  return value.toLowerCase() as Hex
}

function quantity(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw new TypeError(`expected a number, got ${String(value)}`)
  }
  return number
}

function bigQuantity(value: unknown): bigint | null {
  if (typeof value === 'number' || (typeof value === 'string' && value !== '' && value !== '0x')) return BigInt(value)
  return null
}
