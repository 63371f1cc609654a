import { type Hex, numberToHex } from 'viem'
import {
  type BlockPlace,
  type CanonicalLog,
  type ChaosChain,
  type HeadListener,
  NodeError,
  type Reorg,
} from './chain.ts'
import { hashOf } from './dice.ts'
import { type DraftLog, type MadeBlock, type MadeLog, makeBlock, receiptOf, zeroHash } from './made-block.ts'

export interface GeneratedChainOptions {
  readonly seed: string
  /** 31337 by default, which indexers take for a chain of developers. */
  readonly chainId?: number
  /** How many blocks there are at first, the genesis block not counted. */
  readonly blocks?: number
  /** Of the genesis block, in seconds since the epoch. */
  readonly genesisTime?: number
  /** Seconds from block to block. */
  readonly blockSeconds?: number
  readonly logsOf?: (place: BlockPlace) => readonly DraftLog[]
  /** What `eth_call` gives. @throws {@link NodeError} what reverts */
  readonly call?: (to: Hex, input: Hex, block: number) => Hex
  /** How far below the head `safe` and `finalized` are. */
  readonly safeDepth?: number
  readonly finalizedDepth?: number
}

/**
 * A chain that is made up: blocks, logs and hashes follow from the seed, the number and the branch alone, so that every run meets
 * the same. It has no EVM: calls are answered by the function it is given. Blocks that a reorg took away are still known by their
 * hash, as nodes know them for a while; their transactions are not.
 */
export class GeneratedChain implements ChaosChain {
  readonly chainId: number
  readonly #options: Required<Omit<GeneratedChainOptions, 'chainId' | 'blocks'>>
  readonly #blocks: MadeBlock[] = []
  readonly #byHash = new Map<Hex, MadeBlock>()
  readonly #byTransaction = new Map<Hex, MadeBlock>()
  readonly #listeners = new Set<HeadListener>()
  #branches = 0

  constructor({ chainId = 31_337, blocks = 0, ...options }: GeneratedChainOptions) {
    this.chainId = chainId
    this.#options = {
      genesisTime: 1_700_000_000,
      blockSeconds: 2,
      logsOf: () => [],
      call: () => '0x',
      safeDepth: 4,
      finalizedDepth: 8,
      ...options,
    }
    for (let number = 0; number <= blocks; number++) this.#add(0, number > 0)
  }

  get head(): number {
    return this.#blocks.length - 1
  }

  async mine(count = 1): Promise<void> {
    for (let i = 0; i < count; i++) this.#tell(this.#add(this.#newest.branch, true))
  }

  async reorg({ depth, blocks = depth, logs = 'other' }: Reorg): Promise<void> {
    if (depth > this.head) throw new RangeError(`the genesis block stays: at most ${this.head} blocks can go`)
    const gone = this.#blocks.splice(this.#blocks.length - depth)
    this.#branches += 1
    for (let i = 0; i < blocks; i++) {
      const branch = logs === 'same' ? (gone[i] ?? this.#newest).branch : this.#branches
      this.#tell(this.#add(branch, logs !== 'none'))
    }
  }

  async logs(): Promise<readonly CanonicalLog[]> {
    return this.#blocks.flatMap(({ logs, number, header: { hash: blockHash } }) =>
      logs.map(({ address, topics, data, logIndex }) => {
        return { address, topics, data, blockNumber: number, blockHash, logIndex: Number(logIndex) }
      }),
    )
  }

  async hashAt(number: number): Promise<Hex | null> {
    return this.#blocks[number]?.header.hash ?? null
  }

  async answer(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(this.chainId)
      case 'net_version':
        return String(this.chainId)
      case 'web3_clientVersion':
        return 'chaos/1.0.0'
      case 'eth_syncing':
        return false
      case 'eth_blockNumber':
        return numberToHex(this.head)
      case 'eth_getBlockByNumber':
        return shown(this.#at(params[0]), params[1] === true)
      case 'eth_getBlockByHash':
        return shown(this.#byHash.get(params[0] as Hex), params[1] === true)
      case 'eth_getLogs':
        return this.#logsFor(params[0] as LogQuery)
      case 'eth_getTransactionReceipt':
        return this.#receipt(params[0] as Hex)
      case 'eth_getBlockReceipts':
        return this.#at(params[0])?.transactions.map(({ hash }) => this.#receipt(hash)) ?? null
      case 'eth_getTransactionByHash':
        return this.#canonical(params[0] as Hex)?.transactions.find(({ hash }) => hash === params[0]) ?? null
      case 'eth_call':
        return this.#call(params[0] as CallRequest, params[1])
      case 'eth_getCode':
        return '0x00'
      case 'eth_getBalance':
        return '0x0'
      default:
        throw new NodeError(-32601, `the method ${method} does not exist/is not available`)
    }
  }

  onHead(listener: HeadListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
  }

  // ── blocks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  get #newest(): MadeBlock {
    const block = this.#blocks.at(-1)
    if (block === undefined) throw new Error('there is always a genesis block')
    return block
  }

  #tell({ header }: MadeBlock): void {
    for (const listener of this.#listeners) listener(header)
  }

  #add(branch: number, withLogs: boolean): MadeBlock {
    const { seed, genesisTime, blockSeconds, logsOf } = this.#options
    const number = this.#blocks.length
    const parentHash = this.#blocks.at(-1)?.header.hash ?? zeroHash
    const block = makeBlock({
      hash: hashOf(seed, this.chainId, number, this.#branches, parentHash),
      parentHash,
      number,
      branch,
      timestamp: genesisTime + number * blockSeconds,
      logs: withLogs ? logsOf({ seed, number, branch }) : [],
    })
    this.#blocks.push(block)
    this.#byHash.set(block.header.hash, block)
    for (const { hash } of block.transactions) this.#byTransaction.set(hash, block)
    return block
  }

  #at(tag: unknown): MadeBlock | undefined {
    if (typeof tag !== 'object' || tag === null) return this.#blocks[this.#numberOf(tag)]
    const { blockHash, blockNumber } = tag as { blockHash?: Hex; blockNumber?: Hex }
    return blockHash === undefined ? this.#at(blockNumber) : this.#byHash.get(blockHash)
  }

  #numberOf(tag: unknown): number {
    const { safeDepth, finalizedDepth } = this.#options
    switch (tag) {
      case 'latest':
      case 'pending':
      case undefined:
        return this.head
      case 'earliest':
        return 0
      case 'safe':
        return Math.max(0, this.head - safeDepth)
      case 'finalized':
        return Math.max(0, this.head - finalizedDepth)
      default:
        return Number(tag)
    }
  }

  // ── what is in them ─────────────────────────────────────────────────────────────────────────────────────────────────

  #logsFor({ blockHash, fromBlock, toBlock, address, topics = [] }: LogQuery): readonly MadeLog[] {
    const isWanted = (log: MadeLog) =>
      isOneOf(address, log.address) &&
      topics.length <= log.topics.length &&
      topics.every((wanted, i) => wanted === null || isOneOf(wanted, log.topics[i]))
    if (blockHash === undefined) {
      const range = this.#blocks.slice(this.#numberOf(fromBlock), this.#numberOf(toBlock) + 1)
      return range.flatMap(({ logs }) => logs.filter(isWanted))
    }
    const block = this.#byHash.get(blockHash)
    if (block === undefined) throw new NodeError(-32000, 'unknown block')
    return block.logs.filter(isWanted)
  }

  #canonical(transaction: Hex): MadeBlock | null {
    const block = this.#byTransaction.get(transaction)
    return block !== undefined && this.#blocks[block.number] === block ? block : null
  }

  #receipt(transaction: Hex): unknown {
    const block = this.#canonical(transaction)
    return block && receiptOf(block, transaction)
  }

  #call({ to, data, input }: CallRequest, tag: unknown): Hex {
    const block = this.#at(tag)
    if (block === undefined) throw new NodeError(-32000, 'header not found')
    return this.#options.call(to, input ?? data ?? '0x', block.number)
  }
}

interface CallRequest {
  readonly to: Hex
  readonly data?: Hex
  readonly input?: Hex
}

interface LogQuery {
  readonly blockHash?: Hex
  readonly fromBlock?: Hex
  readonly toBlock?: Hex
  readonly address?: Hex | readonly Hex[]
  readonly topics?: readonly (Hex | readonly Hex[] | null)[]
}

function shown(block: MadeBlock | undefined, isFull: boolean): unknown {
  if (block === undefined) return null
  const { header, transactions } = block
  return { ...header, transactions: isFull ? transactions : transactions.map(({ hash }) => hash), uncles: [] }
}

function isOneOf(wanted: Hex | readonly Hex[] | undefined, there: Hex | undefined): boolean {
  if (wanted === undefined) return true
  const several = typeof wanted === 'string' ? [wanted] : wanted
  return several.length === 0 || several.some((one) => one.toLowerCase() === there?.toLowerCase())
}
