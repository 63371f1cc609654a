import { createClient, type Hex, http, numberToHex, RpcRequestError } from 'viem'
import { type CanonicalLog, type ChaosChain, type HeadListener, NodeError, type Reorg } from './chain.ts'

export interface EvmChainOptions {
  /** An anvil that mines only when it is told to: `--no-mining --order fifo`. */
  readonly url: string
  /** Sends what the next block is to hold. Another branch should hold something else. */
  readonly fill?: (place: { readonly number: number; readonly branch: number }) => Promise<void>
}

/**
 * A chain with a real EVM behind it. While it changes, whoever asks waits: no one sees the middle of a reorg.
 * @throws viem's errors, if the node cannot be reached
 */
export async function evmChain({ url, fill = async () => undefined }: EvmChainOptions): Promise<ChaosChain> {
  const client = createClient({ transport: http(url, { retryCount: 0 }) })
  const ask = (method: string, ...params: readonly unknown[]) => client.request({ method, params } as never)
  const chainId = Number(await ask('eth_chainId'))
  const listeners = new Set<HeadListener>()
  /** By number: the branch that each block was filled for. */
  const branches = new Map<number, number>()
  let head = Number(await ask('eth_blockNumber'))
  let newest = 0
  let changing: Promise<unknown> = Promise.resolve()

  const add = async (branch: number, isFilled: boolean) => {
    if (isFilled) await fill({ number: head + 1, branch })
    await ask('anvil_mine', '0x1')
    head += 1
    branches.set(head, branch)
    const header = (await ask('eth_getBlockByNumber', 'latest', false)) as Readonly<Record<string, unknown>>
    for (const listener of listeners) listener(header)
  }
  const replace = async ({ depth, blocks = depth, logs = 'other' }: Reorg) => {
    const parent = (await ask('eth_getBlockByNumber', numberToHex(head - depth), false)) as { timestamp: Hex }
    await ask('anvil_rollback', depth)
    head -= depth
    newest += 1
    // Another time, another hash, also where the same transactions are sent again.
    await ask('anvil_setNextBlockTimestamp', Number(parent.timestamp) + 1 + newest)
    for (let i = 0; i < blocks; i++) {
      await add(logs === 'same' ? (branches.get(head + 1) ?? 0) : newest, logs !== 'none')
    }
  }
  const change = (work: () => Promise<void>) => {
    const done = changing.then(work)
    changing = done.catch(() => undefined)
    return done
  }

  return {
    chainId,
    get head() {
      return head
    },
    mine: (count = 1) =>
      change(async () => {
        for (let i = 0; i < count; i++) await add(branches.get(head) ?? 0, true)
      }),
    reorg: (reorg) => change(() => replace(reorg)),
    logs: async () => {
      const logs = (await ask('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' })) as RawLog[]
      return logs.map(canonical)
    },
    hashAt: async (number) =>
      ((await ask('eth_getBlockByNumber', numberToHex(number), false)) as { hash: Hex } | null)?.hash ?? null,
    answer: async (method, params) => {
      await changing
      try {
        return await ask(method, ...params)
      } catch (error) {
        if (error instanceof RpcRequestError) throw new NodeError(error.code, error.details, error.data)
        throw error
      }
    },
    onHead: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => listeners.clear(),
  }
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
