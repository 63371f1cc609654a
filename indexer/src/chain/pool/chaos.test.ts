import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Faults, GeneratedChain, hashOf, serveNode } from '../../../kit/chaos/index.ts'
import { Fold } from '../../../test/fold.ts'
import { RpcError } from '../../errors.ts'
import type { BlockPtr, Hex } from '../block.ts'
import { BlockStream } from '../stream.ts'
import { createPool } from './pool.ts'
import { named, parseNode } from './settings.ts'

const logger: Hex = '0x1000000000000000000000000000000000000001'
const topic: Hex = hashOf('topic')

const faults: fc.Arbitrary<Faults> = fc.oneof(
  fc.constant({}),
  fc.record({ behind: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ maxRange: fc.integer({ min: 1, max: 30 }), maxBatch: fc.integer({ min: 1, max: 5 }) }),
  fc.constant({ duplicates: true, shuffles: true }),
  fc.record({ missingBlocks: fc.constant(0.5), missingReceipts: fc.constant(0.5) }),
  fc.record({
    broken: fc.record({
      share: fc.constantFrom(0.3, 1),
      kinds: fc.constant(['error', 'gateway', 'truncated', 'malformed', 'dropped'] as const),
    }),
  }),
)

const act = fc.record({
  one: faults,
  two: faults,
  change: fc.oneof(
    fc.record({ mined: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ depth: fc.integer({ min: 1, max: 8 }), blocks: fc.integer({ min: 1, max: 10 }) }),
  ),
})

/** As the runner does: what may pass is tried again. */
async function follow(fold: Fold, stream: BlockStream, target: BlockPtr): Promise<void> {
  for (const deadline = performance.now() + 20_000; ; ) {
    try {
      return await fold.follow(stream, target)
    } catch (error) {
      if (!(error instanceof RpcError) || performance.now() > deadline) throw error
    }
  }
}

it('reads what the chain says, whatever two of three nodes do and whatever becomes of the chain', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 5 }), async (acts) => {
      const logsOf = ({ number, branch }: { number: number; branch: number }) =>
        number % 3 === 0 ? [] : [{ address: logger, topics: [topic], data: hashOf(number, branch) }]
      const chain = new GeneratedChain({ seed: 'chaos', blocks: 60, logsOf })
      const nodes = await Promise.all(['one', 'two', 'three'].map((seed) => serveNode(chain, { seed })))
      const pool = createPool(named(nodes.map(({ url }) => parseNode(url))), {
        timeoutMs: 5_000,
        absenceMs: 300,
      })
      const fold = new Fold()
      const stream = new BlockStream({ rpc: pool, pollMs: 5, finality: 12, maxRange: 20, ancestors: fold.ancestors })
      stream.resume(null, 1, { logs: [{ address: logger, topics0: [topic], fromBlock: 0 }], wantsReceipts: true })
      try {
        for (const { one, two, change } of acts) {
          nodes[0]?.faults.set(one)
          nodes[1]?.faults.set(two)
          if ('mined' in change) await chain.mine(change.mined)
          else await chain.reorg(change)
          await follow(fold, stream, { number: chain.head, hash: (await chain.hashAt(chain.head)) ?? '0x' })
          const expected = (await chain.logs()).map((log) => `${log.blockNumber} ${log.blockHash} ${log.topics[0]}`)
          expect(fold.logs.map(({ text }) => text)).toEqual(expected)
        }
      } finally {
        stream.stop()
        pool.close()
        await Promise.all(nodes.map((node) => node.close()))
      }
    }),
    { numRuns: 5, endOnFailure: true },
  )
}, 60_000)
