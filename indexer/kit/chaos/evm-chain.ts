import { type Hex, hexToNumber, numberToHex } from 'viem'
import { batched } from './batched.ts'
import type { BlockPlace, CanonicalLog, ChaosChain, HeadListener, Reorg } from './chain.ts'
import { hashOf } from './dice.ts'
import { Turns } from './turns.ts'

export interface EvmChainOptions {
  /** A fresh anvil, started with {@link evmArgs}. */
  readonly url: string
  readonly seed: string
  /** How many blocks there are at first, the genesis block not counted. */
  readonly blocks?: number
  /** Seconds from block to block. */
  readonly blockSeconds?: number
  /** What is sent for a block. Another branch should send something else. */
  readonly transactionsOf?: (place: BlockPlace) => readonly EvmTransaction[]
}

export interface EvmTransaction {
  /** None: it makes a contract. */
  readonly to?: Hex
  readonly data: Hex
}

/** How an anvil has to be started. Given `--timestamp` too, the same seed gives the same hashes on every run. */
export const evmArgs: readonly string[] = [
  ...['--no-mining', '--order', 'fifo', '--gas-price', '0', '--base-fee', '0'],
  ...['--disable-block-gas-limit', '--no-request-size-limit'],
]

/** The first of anvil's own accounts, for which it signs. */
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const gas = numberToHex(30_000_000)

/**
 * A chain with a real EVM behind it, which changes as a {@link GeneratedChain} does: no one sees the middle of a reorg, and blocks
 * that one took away are still known by their hash.
 * @throws TypeError if the node cannot be reached, {@link NodeError} what it refuses
 */
export async function evmChain(options: EvmChainOptions): Promise<ChaosChain> {
  const { url, seed, blocks = 0, blockSeconds = 2, transactionsOf = () => [] } = options
  const ask = batched(url)
  const blockAt = (number: number) =>
    ask('eth_getBlockByNumber', numberToHex(number), false) as Promise<RawBlock | null>
  const chainId = Number(await ask('eth_chainId'))
  const genesisTime = hexToNumber((await blockAt(0))?.timestamp ?? '0x0')
  const turns = new Turns()
  const listeners = new Set<HeadListener>()
  const lost = new Map<Hex, RawBlock>()
  /** The branch that each block was made for, by number. */
  const branches = [0]
  let newest = 0
  let nonce = 0
  let logs: Promise<readonly CanonicalLog[]> | null = null

  const branch = async () => {
    // Another miner, another hash, also where the same transactions are sent at the same time.
    await ask('anvil_setCoinbase', hashOf(seed, newest).slice(0, 42))
    nonce = Number(await ask('eth_getTransactionCount', sender, 'latest'))
  }
  const add = async (of: number, isFilled: boolean) => {
    const number = branches.push(of) - 1
    const transactions = isFilled ? transactionsOf({ seed, number, branch: of }) : []
    await Promise.all([
      ask('evm_setNextBlockTimestamp', genesisTime + number * blockSeconds),
      ...transactions.map((transaction) => {
        const sent = { from: sender, gas, gasPrice: '0x0', ...transaction, nonce: numberToHex(nonce++) }
        return ask('eth_sendTransaction', sent)
      }),
    ])
    await ask('anvil_mine', '0x1')
  }
  const replace = async ({ depth, blocks = depth, logs = 'other' }: Reorg) => {
    if (depth >= branches.length) throw new RangeError(`the genesis block stays: at most ${branches.length - 1} can go`)
    const from = branches.length - depth
    const gone = branches.splice(from)
    for (const block of await Promise.all(gone.map((_, i) => blockAt(from + i)))) {
      if (block !== null) lost.set(block.hash, block)
    }
    newest += 1
    await ask('anvil_rollback', depth)
    await branch()
    for (let i = 0; i < blocks; i++) {
      await add(logs === 'same' ? (gone[i] ?? branches.at(-1) ?? 0) : newest, logs !== 'none')
    }
    return from
  }

  let head = 0
  /** @param work - gives the number of the first new block */
  const change = (work: () => Promise<number>) => {
    logs = null
    return turns.change(async () => {
      const from = await work()
      head = branches.length - 1
      for (let number = from; number <= head && listeners.size > 0; number++) {
        const header = await blockAt(number)
        for (const listener of listeners) if (header !== null) listener(header)
      }
    })
  }
  const mine = (count = 1) =>
    change(async () => {
      const from = branches.length
      for (let i = 0; i < count; i++) await add(branches.at(-1) ?? 0, true)
      return from
    })
  const readLogs = async () =>
    ((await ask('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })) as RawLog[]).map(canonical)

  await branch()
  await mine(blocks)
  return {
    chainId,
    get head() {
      return head
    },
    mine,
    reorg: (reorg) => change(() => replace(reorg)),
    logs: () => {
      logs ??= turns.ask(readLogs)
      return logs
    },
    hashAt: (number) => turns.ask(async () => (await blockAt(number))?.hash ?? null),
    answer: (method, params) =>
      turns.ask(async () => {
        const answer = await ask(method, ...params)
        return answer === null && method === 'eth_getBlockByHash' ? (lost.get(params[0] as Hex) ?? null) : answer
      }),
    onHead: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => listeners.clear(),
  }
}

interface RawBlock extends Readonly<Record<string, unknown>> {
  readonly hash: Hex
  readonly timestamp: Hex
}

interface RawLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: Hex
  readonly blockHash: Hex
  readonly logIndex: Hex
}

function canonical({ address, topics, data, blockNumber, blockHash, logIndex }: RawLog): CanonicalLog {
  return { address, topics, data, blockNumber: Number(blockNumber), blockHash, logIndex: Number(logIndex) }
}
