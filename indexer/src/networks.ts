import { type BlockLookup, blockLookup } from './chain/canonical.ts'
import { budgetMemory } from './chain/pool/budget.ts'
import { createPool, type Pool } from './chain/pool/pool.ts'
import type { NodeSettings } from './chain/pool/settings.ts'
import type { Config } from './config.ts'
import { NetworkUnknownError } from './errors.ts'
import type { Log } from './log.ts'
import type { NodeBoard } from './serve/node-board.ts'

/** What a thread needs to ask a network's nodes. Plain data, but for the memory, which all threads share. */
export interface NodesOrder {
  readonly nodes: readonly NodeSettings[]
  readonly budgets: SharedArrayBuffer
}

/** The networks whose nodes are known. */
export interface Networks {
  /** @throws {@link NetworkUnknownError} */
  orderOf(network: string): NodesOrder
  /** For what the main thread asks: when something is deployed, and where a query names a block that the index has not kept. @throws {@link NetworkUnknownError} */
  rpcOf(network: string): Pool
  /** Looks up blocks that strangers name, within bounds. */
  lookupOf(network: string): BlockLookup
  close(): void
}

/**
 * Each thread has a pool of its own, and learns by itself how its nodes are; what they may be asked in a second is counted once for
 * all of them, in memory that they share.
 */
export function networksOf({ rpc, rpcTimeoutMs: timeoutMs }: Config, board: NodeBoard, log: Log): Networks {
  const budgets = new Map([...rpc].map(([network, nodes]) => [network, budgetMemory(nodes.length)]))
  const pools = new Map<string, Pool>()
  const lookups = new Map<string, BlockLookup>()
  const leave: (() => void)[] = []
  const orderOf = (network: string): NodesOrder => {
    const nodes = rpc.get(network)
    const memory = budgets.get(network)
    if (nodes === undefined || memory === undefined) throw new NetworkUnknownError(network, [...rpc.keys()])
    return { nodes, budgets: memory }
  }
  const rpcOf = (network: string) => {
    const known = pools.get(network)
    if (known !== undefined) return known
    const { nodes, budgets: memory } = orderOf(network)
    const made = createPool(nodes, { network, timeoutMs, budgets: memory, log })
    pools.set(network, made)
    leave.push(board.join(network, () => made.state()))
    return made
  }
  return {
    orderOf,
    rpcOf,
    lookupOf: (network) => {
      const known = lookups.get(network)
      if (known !== undefined) return known
      const made: BlockLookup = rpc.has(network) ? blockLookup(rpcOf(network)) : async () => null
      lookups.set(network, made)
      return made
    },
    close: () => {
      for (const one of leave) one()
      for (const pool of pools.values()) pool.close()
    },
  }
}
