import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { type ChaosChain, type ChaosNode, serveNode } from '../../indexer/kit/chaos/index.ts'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { buildLedger } from './build-ledger.ts'
import { aLedgerChain, type LedgerChainOptions } from './chains.ts'
import { readHoldings } from './holdings.ts'
import { IndexerProcess, type Start } from './indexer-process.ts'
import { differences, expectedHoldings } from './ledger.ts'
import { blockMs, pace, patienceMs } from './pace.ts'

/** A chain with a ledger on it, a node that can misbehave, a database, and indexers of the ledger. */
export interface Rig {
  readonly chain: ChaosChain
  readonly node: ChaosNode
  readonly postgresUrl: string
  /** Starts an indexer: the first one, or the next after one was killed. */
  start(options?: Partial<Start>): Promise<IndexerProcess>
  /** From now on a block comes every two seconds. @returns what ends it */
  produce(): () => Promise<void>
  /** Waits until the index has the chain's head, and compares all it holds with what it has to hold. */
  isRight(indexer: IndexerProcess, withinMs?: number): Promise<void>
}

/** Builds the ledger's subgraph once for a test file. @returns its manifest's path, when tests run */
export function theLedger(): () => string {
  let built: Awaited<ReturnType<typeof buildLedger>> | undefined
  beforeAll(async () => {
    built = await buildLedger()
  }, 120_000)
  afterAll(() => built?.remove())
  return () => built?.manifest ?? ''
}

/** @param options - of the chain; `postgresUrl`: a database of one's own, which may then be stopped */
export async function aRig(
  manifest: string,
  options: LedgerChainOptions & { postgresUrl?: string } = {},
): Promise<Rig> {
  const { postgresUrl = await aDatabase(), ...chainOptions } = options
  const chain = await aLedgerChain(chainOptions)
  const node = await serveNode(chain, { seed: pace.seed, clock: pace.clock })
  onTestFinished(() => node.close())
  const rig: Rig = {
    chain,
    node,
    postgresUrl,
    start: (start = {}) => IndexerProcess.start({ manifest, rpc: [`chaos:${node.url}`], postgresUrl, ...start }),
    produce: () => producing(chain),
    isRight: async (indexer, withinMs = patienceMs(30_000)) => {
      await indexer.has(chain.head, withinMs)
      expect(differences(await readHoldings(indexer.subgraph, chain.head), await expectedHoldings(chain))).toBeNull()
      expect([...node.traffic.unknown]).toEqual([])
    },
  }
  return rig
}

async function aDatabase(): Promise<string> {
  const database = await scratchDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return database.url
}

function producing(chain: ChaosChain): () => Promise<void> {
  const ending = new AbortController()
  const done = (async () => {
    while (!ending.signal.aborted) {
      await pace.clock.sleep(blockMs, ending.signal)
      await chain.mine()
    }
  })().catch(() => undefined)
  const end = async () => {
    ending.abort()
    await done
  }
  onTestFinished(end)
  return end
}
