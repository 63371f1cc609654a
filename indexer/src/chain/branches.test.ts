import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GeneratedChain, serveNode } from '../../kit/chaos/index.ts'
import { aHash } from '../../test/block.ts'
import { Fold } from '../../test/fold.ts'
import type { Hex } from './block.ts'
import { createRpc } from './rpc.ts'
import { BlockStream } from './stream.ts'

const address = '0x1000000000000000000000000000000000000001'
const filter = { logs: [{ address, topics0: [aHash(1)], fromBlock: 0 }], wantsReceipts: false } as const

/** In some blocks, and on each branch in others. */
const logsOf = ({ number, branch }: { number: number; branch: number }) =>
  (number * 7 + branch * 3) % 5 < 2 ? [{ address, topics: [aHash(1)], data: aHash(branch) } as const] : []

/** Before the n-th question that a node is asked, what happens to its chain. */
interface Happening {
  readonly question: number
  readonly depth: number
  readonly blocks: number
}

/** A chain that changes between two questions. */
class RestlessChain extends GeneratedChain {
  readonly #happenings: Happening[]
  #questions = 0

  constructor(blocks: number, happenings: readonly Happening[]) {
    super({ seed: 'restless', blocks, logsOf })
    this.#happenings = happenings.toSorted((a, b) => a.question - b.question)
  }

  /** The logs of the branch that leads to a block, which the chain may have left. */
  async logsUpTo(hash: Hex): Promise<string[]> {
    const found: string[] = []
    for (let at = hash; ; ) {
      const block = (await super.answer('eth_getBlockByHash', [at, false])) as { number: Hex; parentHash: Hex }
      const logs = (await super.answer('eth_getLogs', [{ blockHash: at }])) as { topics: Hex[] }[]
      found.unshift(...logs.map(({ topics }) => `${Number(block.number)} ${at} ${topics[0]}`))
      if (Number(block.number) === 0) return found
      at = block.parentHash
    }
  }

  get isAtRest(): boolean {
    return this.#happenings.length === 0
  }

  override async answer(method: string, params: readonly unknown[]): Promise<unknown> {
    this.#questions += 1
    const [next] = this.#happenings
    if (next !== undefined && next.question <= this.#questions) {
      this.#happenings.shift()
      await this.reorg({ depth: Math.min(next.depth, this.head), blocks: next.blocks })
      // Later ones count from here, so that all of them happen while something is asked.
      this.#questions = next.question
    }
    return super.answer(method, params)
  }
}

async function followed(chain: RestlessChain, { finality, maxRange }: { finality: number; maxRange: number }) {
  const node = await serveNode(chain)
  const fold = new Fold()
  const rpc = createRpc(node.url, { attempts: 1 })
  const stream = new BlockStream({
    rpc,
    finality,
    maxRange,
    pollMs: 1,
    lagPatienceMs: 0,
    ancestors: async (below) => (await fold.ancestors()).filter(({ number }) => number < below).slice(0, 3),
  })
  stream.resume(null, 0, filter)
  const signal = AbortSignal.timeout(20_000)
  const isThere = async () => chain.isAtRest && fold.links.at(-1)?.hash === (await chain.hashAt(chain.head))
  while (!(await isThere())) {
    fold.apply(await stream.next(signal))
    const last = fold.links.at(-1)
    // Never two branches together, not even for one step.
    if (last) expect(fold.logs.map(({ text }) => text)).toEqual(await chain.logsUpTo(last.hash))
  }
  stream.stop()
  await node.close()
  return fold
}

it('holds the logs of one branch after every step, however often and deep the chain changes between two questions, old ranges too', async () => {
  const happening = fc.record({
    question: fc.integer({ min: 1, max: 60 }),
    depth: fc.integer({ min: 1, max: 40 }),
    blocks: fc.integer({ min: 1, max: 45 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 10, max: 60 }),
      fc.array(happening, { minLength: 3, maxLength: 30 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 20 }),
      async (blocks, happenings, finality, maxRange) => {
        const chain = new RestlessChain(blocks, happenings)
        const fold = await followed(chain, { finality, maxRange })
        const truth = (await chain.logs()).map((log) => `${log.blockNumber} ${log.blockHash} ${log.topics[0]}`)
        expect(fold.logs.map(({ text }) => text)).toEqual(truth)
      },
    ),
    { numRuns: 25 },
  )
})

it('takes back no more than the chain did, where blocks between two stored headers are known to the node', async () => {
  const chain = new RestlessChain(64, [])
  const node = await serveNode(chain)
  const fold = new Fold()
  const stream = new BlockStream({
    rpc: createRpc(node.url, { attempts: 1 }),
    finality: 0,
    pollMs: 1,
    ancestors: fold.ancestors,
  })
  stream.resume(null, 0, { logs: [], wantsReceipts: false })
  while (fold.links.at(-1)?.number !== 64) fold.apply(await stream.next())
  expect(fold.links.map(({ number }) => number)).toEqual([63, 64])
  await chain.reorg({ depth: 30, blocks: 31 })
  expect(await stream.next()).toMatchObject({ kind: 'revert', to: { number: 34, hash: await chain.hashAt(34) } })
  await node.close()
})
