import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { GeneratedChain, serveNode } from '../../kit/chaos/index.ts'
import { aHash } from '../../test/block.ts'
import { aChain, type TestChain } from '../../test/chain.ts'
import { Fold } from '../../test/fold.ts'
import { aProxy } from '../../test/proxy.ts'
import { RpcError } from '../errors.ts'
import { type BlockPtr, pointer } from './block.ts'
import { createRpc } from './rpc.ts'
import type { StreamFilter } from './step.ts'
import { BlockStream, type StreamOptions } from './stream.ts'

const topics0 = [aHash(1), aHash(2), aHash(3)]

function filterFor(chain: TestChain): StreamFilter {
  return { logs: [{ address: chain.logger, topics0, fromBlock: 0 }], wantsReceipts: false }
}

async function headOf(chain: TestChain): Promise<BlockPtr> {
  const header = await chain.rpc.headerByNumber('latest')
  if (!header) throw new Error('no head')
  return pointer(header)
}

/** What a store would hold if it had indexed the chain as it is now. */
async function canonicalLogs(chain: TestChain, from = 0): Promise<string[]> {
  const head = await headOf(chain)
  const logs = await chain.rpc.logs({ address: [chain.logger], topics0, fromBlock: from, toBlock: head.number })
  return logs.map((log) => `${log.blockNumber} ${log.blockHash} ${log.topics[0]}`)
}

function follower(chain: TestChain, options: Partial<StreamOptions> = {}, startBlock = 0) {
  const fold = new Fold()
  const stream = new BlockStream({ rpc: chain.rpc, pollMs: 5, lagPatienceMs: 0, ancestors: fold.ancestors, ...options })
  stream.resume(null, startBlock, filterFor(chain))
  const catchUp = async () => {
    await fold.follow(stream, await headOf(chain))
    expect(fold.logs.map((log) => log.text)).toEqual(await canonicalLogs(chain, startBlock))
  }
  return { fold, stream, catchUp }
}

it('brings every log from genesis to the head, then what is mined', async () => {
  await using chain = await aChain()
  await chain.emit(1, 2)
  await chain.mine(3)
  await chain.emit(3)
  const { fold, stream, catchUp } = follower(chain)
  await catchUp()
  expect(fold.links.map((one) => one.number)).toEqual([0, 1, 2, 3, 4, 5, 6])
  const waiting = stream.next(AbortSignal.timeout(5_000))
  await chain.emit(9)
  expect(await waiting).toMatchObject({ kind: 'blocks', blocks: [], links: [{ number: 7 }], head: { number: 7 } })
})

it('hands out blocks with their transactions, and receipts where they are wanted', async () => {
  await using chain = await aChain()
  await chain.emit(1, 2)
  const { stream } = follower(chain, {}, 2)
  const wantsReceipt = ({ topics }: { topics: readonly string[] }) => topics[0] === aHash(2)
  stream.resume(null, 2, { ...filterFor(chain), wantsReceipts: true, wantsReceipt })
  const step = await stream.next()
  const block = step.kind === 'blocks' ? step.blocks[0] : undefined
  const [first, second] = block?.logs ?? []
  expect(block?.header.number).toBe(2)
  expect(block?.transactions.get(first?.transactionHash ?? '0x')).toMatchObject({
    index: 0,
    to: chain.logger,
    input: aHash(1),
  })
  expect([...(block?.receipts.keys() ?? [])]).toEqual([second?.transactionHash])
})

it.each([
  ['new', 250],
  ['old', 2],
])('ends with the last block that anyone wants, among %s blocks', async (_, finality) => {
  await using chain = await aChain()
  await chain.emit(1)
  await chain.mine(2)
  await chain.emit(2)
  await chain.mine(10)
  const { stream } = follower(chain, { finality })
  stream.resume(null, 0, { ...filterFor(chain), lastBlock: 4 })
  const numbers: number[] = []
  while (numbers.at(-1) !== 4) {
    const step = await stream.next()
    if (step.kind === 'blocks') numbers.push(...step.links.map((one) => one.number))
  }
  const more = await stream.next(AbortSignal.timeout(100)).catch((error: unknown) => error)
  expect(more).toMatchObject({ name: 'TimeoutError' })
  await chain.do('anvil_reorg', 12, [])
  expect(await stream.next(AbortSignal.timeout(5_000))).toMatchObject({ kind: 'revert' })
})

it('reads old blocks by ranges and new ones by links', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3, 1, 2, 3]) {
    await chain.emit(topic)
    await chain.mine(9)
  }
  const { fold, catchUp } = follower(chain, { finality: 10, maxRange: 7 })
  await catchUp()
  const numbers = fold.links.map((one) => one.number)
  expect(numbers.slice(-10)).toEqual([52, 53, 54, 55, 56, 57, 58, 59, 60, 61])
  expect(numbers.length).toBeLessThan(40)
})

it('brings blocks without logs where a block handler wants them', async () => {
  await using chain = await aChain()
  await chain.mine(30)
  const { fold, stream } = follower(chain, { finality: 5 })
  const seen: number[] = []
  stream.resume(null, 0, { logs: [], wantsReceipts: false, wantsBlock: (number) => number % 4 === 3 })
  const head = await headOf(chain)
  while (fold.links.at(-1)?.number !== head.number) {
    const step = await stream.next()
    fold.apply(step)
    if (step.kind === 'blocks') seen.push(...step.blocks.map((block) => block.header.number))
  }
  expect(seen).toEqual([3, 7, 11, 15, 19, 23, 27, 31])
})

it.each([250, 2])('follows a reorg of the same height (finality %i)', async (finality) => {
  await using chain = await aChain()
  await chain.mine(3)
  for (const topic of [1, 2, 3]) await chain.emit(topic)
  const { fold, stream, catchUp } = follower(chain, { finality })
  await catchUp()
  const before = fold.links.at(-1)
  await chain.do('anvil_reorg', 2, [])
  const step = await stream.next(AbortSignal.timeout(5_000))
  expect(step).toMatchObject({ kind: 'revert', to: { number: 5 } })
  fold.apply(step)
  await catchUp()
  expect(fold.links.at(-1)?.number).toBe(before?.number)
  expect(fold.links.at(-1)?.hash).not.toBe(before?.hash)
})

it('takes a lower head of the same chain for a node that is behind, for a while', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3, 1]) await chain.emit(topic)
  const { stream, catchUp } = follower(chain, { lagPatienceMs: 300 })
  await catchUp()
  await chain.do('anvil_rollback', 2)
  const askedAt = performance.now()

  const step = await stream.next(AbortSignal.timeout(10_000))

  expect(step).toMatchObject({ kind: 'revert', to: { number: 3 }, head: { number: 3 } })
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(290)
})

it('takes another block in the place of its own for a reorg at once, however low the head', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3, 1]) await chain.emit(topic)
  const { stream, catchUp } = follower(chain, { lagPatienceMs: 600_000 })
  await catchUp()
  await chain.do('anvil_rollback', 3)
  await chain.emit(2)

  const step = await stream.next(AbortSignal.timeout(10_000))

  expect(step).toMatchObject({ kind: 'revert', to: { number: 2 }, head: { number: 3 } })
})

it('notices that the head is lower than before', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3, 1]) await chain.emit(topic)
  const { fold, stream, catchUp } = follower(chain)
  await catchUp()
  await chain.do('anvil_rollback', 2)
  const step = await stream.next(AbortSignal.timeout(2_000))
  expect(step).toMatchObject({ kind: 'revert', to: { number: 3 }, head: { number: 3 } })
  fold.apply(step)
  expect(fold.logs.map((log) => log.text)).toEqual(await canonicalLogs(chain))
  await chain.emit(3)
  await catchUp()
})

it('follows a chain that went back to a snapshot and another way', async () => {
  await using chain = await aChain()
  await chain.emit(1)
  const snapshot = await chain.do('evm_snapshot')
  for (const topic of [2, 3, 2, 3]) await chain.emit(topic)
  const { catchUp } = follower(chain)
  await catchUp()
  await chain.do('evm_revert', snapshot)
  await catchUp()
  await chain.emit(1)
  await chain.emit(1)
  await catchUp()
})

it('goes back to before the start when nothing is shared', async () => {
  await using chain = await aChain()
  await chain.emit(1)
  await using other = await aChain({ timestamp: 1_600_000_000 })
  await other.mine(5)
  const { stream } = follower(chain)
  stream.resume({ number: 2, hash: aHash(2) }, 0, filterFor(chain))
  expect(await stream.next()).toEqual({ kind: 'revert', to: null, head: await headOf(chain) })
  expect(await stream.next()).toMatchObject({ kind: 'blocks', links: [{ number: 0 }, { number: 1 }, { number: 2 }] })
})

it('folds to the canonical logs whatever the node does', { timeout: 120_000 }, async () => {
  const command = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
        .map((topics) => ({ kind: 'emit', topics }) as const),
    },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 6 }).map((count) => ({ kind: 'mine', count }) as const) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }).map((depth) => ({ kind: 'reorg', depth }) as const) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 }).map((depth) => ({ kind: 'rollback', depth }) as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'snapshot' } as const) },
    { weight: 1, arbitrary: fc.constant({ kind: 'restore' } as const) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }).map((steps) => ({ kind: 'next', steps }) as const) },
  )
  await using chain = await aChain()
  await chain.mine(3)
  // A snapshot is taken back only where nothing went below it: otherwise anvil has no head any more.
  let snapshot: { readonly id: unknown; readonly number: number } | null = null
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 5, maxLength: 14 }),
      fc.constantFrom(2, 250),
      fc.constantFrom(1, 3),
      async (commands, finality, maxRange) => {
        const { fold, stream, catchUp } = follower(chain, { finality, maxRange, inFlight: 2 })
        for (const one of commands) {
          const { number } = await headOf(chain)
          if (one.kind === 'emit') await chain.emit(...one.topics)
          if (one.kind === 'mine') await chain.mine(one.count)
          // Never as deep as the block in which the contract was deployed.
          if (one.kind === 'reorg' && number - one.depth > 1) await chain.do('anvil_reorg', one.depth, [])
          if (one.kind === 'rollback' && number - one.depth > 1) await chain.do('anvil_rollback', one.depth)
          if (one.kind === 'snapshot') snapshot = { id: await chain.do('evm_snapshot'), number }
          if (one.kind === 'restore' && snapshot) {
            await chain.do('evm_revert', snapshot.id)
            snapshot = null
          }
          if (snapshot && (one.kind === 'reorg' || one.kind === 'rollback') && number - one.depth < snapshot.number) {
            snapshot = null
          }
          if (one.kind === 'next') {
            for (let i = 0; i < one.steps; i++) {
              const step = await stream.next(AbortSignal.timeout(30)).catch(() => null)
              if (step) fold.apply(step)
            }
          }
        }
        await catchUp()
        stream.stop()
      },
    ),
    { numRuns: 25 },
  )
})

it('halves ranges that the node refuses until it takes them', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3, 1]) {
    await chain.emit(topic)
    await chain.mine(40)
  }
  await using proxy = await aProxy(chain.url, ({ method, params }) => {
    const [query] = params as [{ fromBlock?: string; toBlock?: string }]
    const isTooLong = method === 'eth_getLogs' && Number(query.toBlock) - Number(query.fromBlock) >= 10
    return isTooLong ? { kind: 'refuse', code: -32005, message: 'query returned more than 10000 results' } : null
  })
  const { catchUp } = follower(chain, { rpc: createRpc(proxy.url), finality: 5 })
  await catchUp()
})

it('asks again when the node is busy, fails, or breaks off', async () => {
  await using chain = await aChain()
  for (const topic of [1, 2, 3]) await chain.emit(topic)
  let count = 0
  await using proxy = await aProxy(chain.url, () => {
    count++
    if (count % 7 === 1) return { kind: 'status', status: 429 }
    if (count % 7 === 3) return { kind: 'status', status: 502 }
    if (count % 7 === 5) return { kind: 'truncate' }
    return null
  })
  const { catchUp } = follower(chain, { rpc: createRpc(proxy.url, { batchSize: 1, attempts: 8 }) })
  await catchUp()
})

it('does not fetch blocks again when the filter grows', async () => {
  await using chain = await aChain()
  for (let i = 0; i < 20; i++) await chain.emit(1)
  await using proxy = await aProxy(chain.url, () => null)
  const { fold, stream, catchUp } = follower(chain, { rpc: createRpc(proxy.url), finality: 2 })
  await catchUp()
  const fetched = () => proxy.calls.filter(({ method }) => method === 'eth_getBlockByHash').length
  expect(fetched()).toBe(20)
  fold.apply({ kind: 'revert', to: null, head: await headOf(chain) })
  const { logs } = filterFor(chain)
  stream.resume(null, 0, { logs: [...logs, { topics0: [aHash(4)], fromBlock: 0 }], wantsReceipts: false })
  await catchUp()
  expect(fetched()).toBe(20)
})

it('shows a transaction a moment after it was mined', async () => {
  await using chain = await aChain()
  const { stream, catchUp } = follower(chain, { pollMs: 20 })
  await catchUp()
  const waiting = stream.next(AbortSignal.timeout(5_000))
  await chain.emit(2)
  const minedAt = performance.now()
  expect(await waiting).toMatchObject({ kind: 'blocks', blocks: [{ logs: [{ topics: [aHash(2)] }] }] })
  expect(performance.now() - minedAt).toBeLessThan(1_000)
})

it('ends at once when it is told to, though the node does not answer', async () => {
  await using chain = await aChain()
  await using proxy = await aProxy(chain.url, () => ({ kind: 'hang' }))
  const { stream } = follower(chain, { rpc: createRpc(proxy.url) })
  const stop = new AbortController()
  const waiting = stream.next(stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

it('stands where it stood after a failure', async () => {
  await using chain = await aChain()
  await chain.emit(1)
  let isDown = true
  await using proxy = await aProxy(chain.url, () => (isDown ? { kind: 'status', status: 503 } : null))
  const { stream, catchUp } = follower(chain, { rpc: createRpc(proxy.url, { attempts: 2 }) })
  await expect(stream.next()).rejects.toThrow(RpcError)
  isDown = false
  await catchUp()
})

it('reads a block again with another filter', async () => {
  await using chain = await aChain()
  await chain.emit(1, 2, 3)
  const { stream } = follower(chain, {}, 2)
  stream.resume(null, 2, { logs: [{ address: chain.logger, topics0: [aHash(1)], fromBlock: 0 }], wantsReceipts: false })
  const step = await stream.next()
  const block = step.kind === 'blocks' ? step.blocks[0] : undefined
  if (!block) throw new Error('no block')
  const again = await stream.blockWithLogs(block, {
    logs: [{ address: chain.logger, topics0: [aHash(3)], fromBlock: 2 }],
    wantsReceipts: true,
  })
  expect(block.logs.map((log) => log.topics[0])).toEqual([aHash(1)])
  expect(again.logs.map((log) => log.topics[0])).toEqual([aHash(3)])
  expect(again.receipts.size).toBe(1)
  await chain.do('anvil_reorg', 1, [])
  await expect(stream.blockWithLogs(block, filterFor(chain))).rejects.toMatchObject({ code: 'CHAIN_BLOCK_GONE' })
})

it('has all its patience again with a node that had caught up in between', async () => {
  const chain = new GeneratedChain({ seed: 'behind', blocks: 20 })
  const node = await serveNode(chain)
  const fold = new Fold()
  const stream = new BlockStream({ rpc: createRpc(node.url), pollMs: 5, ancestors: fold.ancestors })
  stream.resume(null, 0, { logs: [], wantsReceipts: false })
  while (fold.links.at(-1)?.number !== chain.head) fold.apply(await stream.next())
  const now = performance.now.bind(performance)
  let passedMs = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs)
  const stays = async () => {
    const step = await stream.next(AbortSignal.timeout(150)).catch((error: unknown) => error)
    expect(step).toMatchObject({ name: 'TimeoutError' })
    passedMs += 50_000
  }
  for (const behind of [3, 0, 3]) {
    node.faults.set({ behind })
    await stays()
  }
  passedMs += 50_000
  expect(await stream.next()).toMatchObject({ kind: 'revert', to: { number: 17 } })
  clock.mockRestore()
  await node.close()
})
