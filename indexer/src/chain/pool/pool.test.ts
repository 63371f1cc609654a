import { describe, expect, it, onTestFinished } from 'vitest'
import { type ChaosNode, type Faults, GeneratedChain, hashOf, serveNode } from '../../../kit/chaos/index.ts'
import { Fold } from '../../../test/fold.ts'
import { IndexerError, RpcError } from '../../errors.ts'
import type { BlockPtr, Hex } from '../block.ts'
import { stateAt } from '../call.ts'
import type { StreamFilter } from '../step.ts'
import { BlockStream } from '../stream.ts'
import { rangeCalls } from '../trace.ts'
import { createPool, type Pool, type PoolOptions } from './pool.ts'
import { named, parseNode } from './settings.ts'

const logger: Hex = '0x1000000000000000000000000000000000000001'
const topic: Hex = hashOf('topic')
const filter: StreamFilter = { logs: [{ address: logger, topics0: [topic], fromBlock: 0 }], wantsReceipts: true }

/** A log in each block but every fifth, another one on each branch. */
function aChain(blocks = 40): GeneratedChain {
  const logsOf = ({ number, branch }: { number: number; branch: number }) =>
    number % 5 === 0 ? [] : [{ address: logger, topics: [topic], data: hashOf('data', number, branch) }]
  return new TracedChain({ seed: 'pool', blocks, logsOf, call: (_, input, block) => hashOf('call', input, block) })
}

/** Whose logs all come from calls of a contract. */
class TracedChain extends GeneratedChain {
  override async answer(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method !== 'trace_filter') return super.answer(method, params)
    const logs = (await super.answer('eth_getLogs', params)) as readonly Record<string, string>[]
    return logs.map(({ blockHash, blockNumber, transactionHash, transactionIndex, data }) => ({
      ...{
        blockHash,
        blockNumber: Number(blockNumber),
        transactionHash,
        transactionPosition: Number(transactionIndex),
      },
      ...{ type: 'call', traceAddress: [], result: { output: '0x', gasUsed: '0x1' } },
      action: { callType: 'call', from: logger, to: logger, input: data, value: '0x0', gas: '0x1' },
    }))
  }
}

async function theNodes(chain: GeneratedChain, count: number): Promise<ChaosNode[]> {
  const nodes = await Promise.all(Array.from({ length: count }, (_, i) => serveNode(chain, { seed: `node ${i}` })))
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close().catch(() => undefined)))
  })
  return nodes
}

/** @param how - behind the # of each node's URL */
function poolOf(nodes: readonly ChaosNode[], options: PoolOptions = {}, how: readonly string[] = []): Pool {
  const pool = createPool(named(nodes.map(({ url }, i) => parseNode(`${url}#${how[i] ?? ''}`))), options)
  onTestFinished(() => pool.close())
  return pool
}

const questions = [
  { kind: 'call', to: logger, data: '0x12' },
  { kind: 'balance', address: logger },
  { kind: 'code', address: logger },
] as const

const callFilter = { logs: [], wantsReceipts: false, calls: [{ address: logger, fromBlock: 0 }] }

async function pointerAt(chain: GeneratedChain, number: number): Promise<BlockPtr> {
  return { number, hash: (await chain.hashAt(number)) ?? '0x' }
}

async function transactionsAt(chain: GeneratedChain, number: number): Promise<Set<Hex>> {
  const logs = (await chain.answer('eth_getLogs', [{ blockHash: await chain.hashAt(number) }])) as {
    transactionHash: Hex
  }[]
  return new Set(logs.map(({ transactionHash }) => transactionHash))
}

const stateOf = (pool: Pool, { url }: ChaosNode) => pool.state().find(({ name }) => name === url)

async function reader(chain: GeneratedChain, pool: Pool, finality = 10) {
  const fold = new Fold()
  const stream = new BlockStream({ rpc: pool, pollMs: 20, finality, maxRange: 20, ancestors: fold.ancestors })
  onTestFinished(() => stream.stop())
  stream.resume(null, 1, filter)
  return {
    stream,
    fold,
    catchUp: async () => {
      const head = { number: chain.head, hash: (await chain.hashAt(chain.head)) ?? '0x' }
      await fold.follow(stream, head)
    },
    isRight: async () => {
      const expected = (await chain.logs()).map(({ blockNumber, blockHash }) => `${blockNumber} ${blockHash}`)
      expect(fold.logs.map(({ text }) => text.split(' ').slice(0, 2).join(' '))).toEqual(expected)
    },
  }
}

describe('a pool', () => {
  it('answers as long as one node can, whatever is wrong with the others', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 3)
    const [broken, lame] = nodes
    const pool = poolOf(nodes)
    for (const kind of ['error', 'busy', 'gateway', 'truncated', 'malformed', 'dropped'] as const) {
      broken?.faults.set({ broken: { share: 1, kinds: [kind] } })
      lame?.faults.set({ broken: { share: 0.5, kinds: [kind] } })
      const numbers = Array.from({ length: 20 }, (_, i) => i)
      const headers = await Promise.all(numbers.map((number) => pool.headerByNumber(number)))
      expect(headers.map((header) => header?.number)).toEqual(numbers)
    }
  })

  it('reads on without a gap, and nothing twice, when a node dies in the middle', async () => {
    const chain = aChain(400)
    const nodes = await theNodes(chain, 2)
    const [dying] = nodes
    for (const { faults } of nodes) faults.set({ slowMs: 20 })
    const { catchUp, isRight } = await reader(chain, poolOf(nodes, {}, ['weight=50']))
    const done = catchUp()
    await expect.poll(() => dying?.traffic.ranges.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(2)
    await dying?.close()
    await done
    await isRight()
  })

  it('leaves a node alone that fails again and again, and takes it back when it is healed', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 2)
    const [sick] = nodes as [ChaosNode, ChaosNode]
    const events: string[] = []
    const tell = (event: string) => events.push(event)
    const pool = poolOf(nodes, { log: { info: tell, warn: tell } })
    sick.faults.set({ broken: { share: 1, kinds: ['gateway'] } })
    for (let i = 0; i < 40; i++) await pool.headerByHash((await chain.hashAt(i)) ?? '0x')
    expect(stateOf(pool, sick)).toMatchObject({ isUp: false })
    expect(sick.traffic.broken).toBeLessThan(10)
    sick.faults.clear()
    await expect
      .poll(
        async () => {
          await pool.headerByNumber('latest')
          return stateOf(pool, sick)?.isUp
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    expect(events).toEqual(['node.away', 'node.back'])
  })

  it('fails with what was wrong when none answers, without a key', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 2)
    for (const { faults } of nodes) faults.set({ broken: { share: 1, kinds: ['gateway'] } })
    const keyed = nodes.map(({ url }) => parseNode(`${url}/v2/secret-key`))
    const pool = createPool(keyed, { attempts: 2 })
    const error = await pool.chainId().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RpcError)
    expect(JSON.stringify([error, pool.state(), String(error)])).not.toContain('secret')
    expect(String(error)).toContain('502')
  })
})

describe('a node that lags', () => {
  it('is not asked for blocks it does not have', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 2)
    const [lagging] = nodes as [ChaosNode, ChaosNode]
    lagging.faults.set({ behind: 15 })
    const { catchUp, isRight } = await reader(chain, poolOf(nodes))
    await catchUp()
    await isRight()
    await chain.mine(10)
    await catchUp()
    await isRight()
  })

  it('is not believed that a block is not there, also where nobody knew that it lags', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 2)
    const [lagging] = nodes as [ChaosNode, ChaosNode]
    lagging.faults.set({ behind: 15 })
    for (let i = 0; i < 20; i++) {
      const hash = (await chain.hashAt(60 - (i % 10))) ?? '0x'
      const pool = poolOf(nodes)
      expect(await pool.headerByHash(hash)).toMatchObject({ hash })
      expect(await pool.headerByNumber(58)).toMatchObject({ number: 58 })
      // It cuts the range short, and says nothing of it.
      const logs = await pool.logs({ topics0: [topic], fromBlock: 41, toBlock: 59 })
      expect(logs.map(({ blockNumber }) => blockNumber)).toContain(59)
    }
  })

  it('is not believed while the node that could know better is away for a moment', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 2)
    const [lagging, other] = nodes as [ChaosNode, ChaosNode]
    lagging.faults.set({ behind: 15 })
    other.faults.set({ broken: { share: 1, kinds: ['gateway'] } })
    const pool = poolOf(nodes, { attempts: 3, absenceMs: 2_000 })
    await expect(pool.headerByNumber(58)).rejects.toBeInstanceOf(RpcError)
    // But it is, when that one does not come back: the chain may have become shorter.
    const ask = () => pool.headerByNumber(58).catch(() => 'unknown')
    await expect.poll(ask, { timeout: 20_000 }).toBeNull()
  })
})

it('does not mix two chains', async () => {
  const [one] = (await theNodes(aChain(), 1)) as [ChaosNode]
  const [two] = (await theNodes(new GeneratedChain({ seed: 'other', chainId: 5, blocks: 40 }), 1)) as [ChaosNode]
  two.faults.set({ broken: { share: 1, kinds: ['gateway'] } })
  const pool = poolOf([one, two])
  expect(await pool.chainId()).toBe(31_337)

  // Also when that is found out only later.
  two.faults.clear()
  const ask = () => pool.headerByNumber('latest').catch((error: unknown) => error)
  await expect.poll(ask, { timeout: 10_000 }).toMatchObject({ code: 'CHAIN_NODES_OF_TWO_CHAINS', remedy: 'crash' })
})

it('takes logs of one branch only, where nodes are on several', async () => {
  const chain = aChain(40)
  const other = aChain(40)
  await other.reorg({ depth: 12, blocks: 12 })
  const [one] = (await theNodes(chain, 1)) as [ChaosNode]
  const [two] = (await theNodes(other, 1)) as [ChaosNode]
  for (let i = 0; i < 10; i++) {
    const pool = poolOf([one, two])
    const told = await pool.headerByNumber(38)
    const logs = await pool.logs({ topics0: [topic], fromBlock: 20, toBlock: 38 })
    const last = logs.at(-1)
    expect(last).toMatchObject({ blockNumber: 38, blockHash: told?.hash })
  }
})

describe('a slow node', () => {
  it('is not waited for where another is faster', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 2)
    const [slow] = nodes as [ChaosNode, ChaosNode]
    const pool = poolOf(nodes)
    await pool.headerByNumber('latest')
    slow.faults.set({ broken: { share: 1, kinds: ['stall'] } })
    const startedAt = performance.now()
    for (let i = 0; i < 30; i++) await pool.headerByHash((await chain.hashAt(i)) ?? '0x')
    // One stalled question alone would take thirty seconds.
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect(pool.state().reduce((sum, { counts }) => sum + counts.hedges, 0)).toBeGreaterThan(0)
    expect(slow.traffic.broken).toBeLessThan(15)
  })

  it('gets less to do', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 2)
    const [slow, fast] = nodes as [ChaosNode, ChaosNode]
    slow.faults.set({ slowMs: 300 })
    const pool = poolOf(nodes)
    for (let i = 0; i < 60; i++) await pool.headerByHash((await chain.hashAt(i % 40)) ?? '0x')
    const asked = ({ traffic }: ChaosNode) => traffic.calls.get('eth_getBlockByHash') ?? 0
    expect(asked(fast)).toBeGreaterThan(2 * asked(slow))
  })
})

describe('nodes that must agree', () => {
  const agree = ['agree', 'agree', 'agree']

  it.each(['omits', 'alters'] as const)('outvote one that %s logs: the index stays right', async (lies) => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 3)
    const [liar] = nodes as [ChaosNode, ChaosNode, ChaosNode]
    liar.faults.set({ lies })
    const pool = poolOf(nodes, {}, agree)
    const { catchUp, isRight } = await reader(chain, pool)
    await catchUp()
    await isRight()
    for (let first = 1; first < 60; first += 20) {
      const logs = await pool.logs({ topics0: [topic], fromBlock: first, toBlock: first + 19 })
      const expected = (await chain.logs()).filter(({ blockNumber: at }) => first <= at && at < first + 20)
      expect(logs.map(({ data }) => data)).toEqual(expected.map(({ data }) => data))
    }
    expect(stateOf(pool, liar)?.counts.outvoted).toBeGreaterThan(0)
  })

  it.each<[NonNullable<Faults['liesAbout']>[number], (pool: Pool, chain: GeneratedChain) => Promise<unknown>]>([
    ['blocks', async (pool) => pool.headerByNumber(7)],
    ['blocks', async (pool, chain) => pool.headerByHash((await chain.hashAt(7)) ?? '0x')],
    ['blocks', async (pool) => pool.headerByNumber('latest')],
    [
      'blocks',
      async (pool, chain) => pool.blockByHash((await chain.hashAt(7)) ?? '0x', await transactionsAt(chain, 7)),
    ],
    ['receipts', async (pool, chain) => pool.receipt([...(await transactionsAt(chain, 7))][0] ?? '0x')],
    ['receipts', async (pool) => pool.request('eth_getBlockReceipts', ['0x7'])],
    ['logs', async (pool) => pool.logs({ topics0: [topic], fromBlock: 3, toBlock: 9 })],
    ['logs', async (pool, chain) => pool.logs({ topics0: [topic], blockHash: (await chain.hashAt(7)) ?? '0x' })],
    ['states', async (pool, chain) => stateAt(pool, await pointerAt(chain, 7), questions)],
    ['traces', async (pool) => rangeCalls(pool, callFilter, 1, 9, {})],
  ])('outvote one that lies about %s', async (subject, ask) => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 3)
    const [liar, , honest] = nodes as [ChaosNode, ChaosNode, ChaosNode]
    const truth = await ask(poolOf([honest]), chain)
    liar.faults.set({ lies: 'alters', liesAbout: [subject] })
    // It does lie.
    expect(await ask(poolOf([liar]), chain)).not.toEqual(truth)
    const pool = poolOf(nodes, {}, agree)
    for (let i = 0; i < 8; i++) expect(await ask(pool, chain)).toEqual(truth)
    // Whoever is outvoted is asked last from then on, so one that is asked first is seen to be.
    const eager = poolOf(nodes, {}, ['agree&weight=1000000'])
    expect(await ask(eager, chain)).toEqual(truth)
    expect(stateOf(eager, liar)?.counts.outvoted).toBeGreaterThan(0)
    const two = poolOf([liar, honest], { attempts: 2 }, agree)
    await expect(ask(two, chain)).rejects.toMatchObject({ code: 'CHAIN_NODES_DISAGREE' })
  })

  it('follow the newest block that two of them have, whatever one claims', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 3)
    const [lagging, , behind] = nodes as [ChaosNode, ChaosNode, ChaosNode]
    lagging.faults.set({ behind: 20 })
    behind.faults.set({ behind: 2 })
    const pool = poolOf(nodes, {}, agree)
    await expect.poll(async () => (await pool.headerByNumber('latest'))?.number, { timeout: 20_000 }).toBe(58)
    const { catchUp, isRight } = await reader(chain, pool)
    for (const { faults } of nodes) faults.clear()
    await chain.mine(5)
    await catchUp()
    await isRight()
    expect(nodes.map((node) => stateOf(pool, node)?.counts.outvoted)).toEqual([0, 0, 0])
  })

  it('say so where no two do, and go on when they do again', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 2)
    const [liar] = nodes as [ChaosNode, ChaosNode]
    const pool = poolOf(nodes, {}, agree)
    liar.faults.set({ lies: 'alters' })
    const ask = () => pool.logs({ topics0: [topic], fromBlock: 1, toBlock: 20 })
    const error = await ask().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'CHAIN_NODES_DISAGREE', remedy: 'retry', facts: { method: 'eth_getLogs' } })
    expect(error).toBeInstanceOf(IndexerError)
    liar.faults.set({ duplicates: true, shuffles: true })
    expect((await ask()).length).toBeGreaterThan(0)
  })

  it('are not one alone', async () => {
    const chain = aChain(60)
    const nodes = await theNodes(chain, 2)
    nodes[0]?.faults.set({ broken: { share: 1, kinds: ['gateway'] } })
    const pool = poolOf(nodes, { attempts: 2 }, agree)
    const block = { number: 9, hash: (await chain.hashAt(9)) ?? '0x' } as const
    await expect(stateAt(pool, block, [{ kind: 'call', to: logger, data: '0x12' }])).rejects.toThrow(/only one/)
    nodes[0]?.faults.clear()
    expect(await stateAt(pool, block, [{ kind: 'call', to: logger, data: '0x12' }])).toEqual([
      hashOf('call', '0x12', 9),
    ])
  })
})

describe('limits', () => {
  it('of a narrow node make nobody else narrow', async () => {
    const chain = aChain(900)
    const nodes = await theNodes(chain, 2)
    const [narrow, wide] = nodes as [ChaosNode, ChaosNode]
    narrow.faults.set({ maxRange: 10 })
    const { catchUp, isRight } = await reader(chain, poolOf(nodes))
    await catchUp()
    await isRight()
    expect(Math.max(...wide.traffic.ranges)).toBe(20)
    const refused = narrow.traffic.ranges.filter((range) => range > 10)
    expect(refused.length).toBeLessThan(12)
  })

  it('of a node that takes small batches only are learnt from its refusal', async () => {
    const chain = aChain(400)
    const nodes = await theNodes(chain, 2)
    for (const { faults } of nodes) faults.set({ maxBatch: 7 })
    const pool = poolOf(nodes)
    const headers = await Promise.all(Array.from({ length: 300 }, (_, i) => pool.headerByNumber(i)))
    expect(headers.map((header) => header?.number)).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(pool.state().some(({ maxBatch }) => maxBatch <= 7)).toBe(true)
  })

  it('of calls in a second are kept', async () => {
    const chain = aChain()
    const nodes = await theNodes(chain, 1)
    const pool = poolOf(nodes, {}, ['rps=20'])
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 60 }, (_, i) => pool.headerByNumber(i % 40)))
    // Twenty at once, the other forty in two seconds.
    expect(performance.now() - startedAt).toBeGreaterThan(1_900)
    expect(stateOf(pool, nodes[0] as ChaosNode)?.counts.budgetWaitMs).toBeGreaterThan(0)
  })
})

describe('new heads', () => {
  it('end the pause of whoever waits for them, also when they are told twice and out of order', async () => {
    const chain = aChain(10)
    const nodes = await theNodes(chain, 1)
    nodes[0]?.faults.set({ confusedSocket: true })
    const pool = poolOf(nodes, { listens: true }, ['ws'])
    await expect.poll(() => pool.state()[0]?.socket, { timeout: 10_000 }).toBe('open')
    await pool.headerByNumber('latest')
    const pause = pool.pause(60_000)
    await chain.mine()
    await pause
    expect(await pool.headerByNumber('latest')).toMatchObject({ number: 11 })
  })

  it('are found without the socket when it goes silent, and the socket is opened anew', async () => {
    const chain = aChain(10)
    const nodes = await theNodes(chain, 1)
    const events: string[] = []
    const tell = (event: string) => events.push(event)
    const options = { listens: true, silenceMs: 100, log: { info: tell, warn: tell } }
    const pool = poolOf(nodes, options, ['ws'])
    await expect.poll(() => pool.state()[0]?.socket, { timeout: 10_000 }).toBe('open')
    await pool.headerByNumber('latest')
    nodes[0]?.faults.set({ silentSocket: true })
    await expect
      .poll(
        async () => {
          await chain.mine()
          await pool.pause(20)
          await pool.headerByNumber('latest')
          return events.includes('node.silent')
        },
        { timeout: 20_000 },
      )
      .toBe(true)
    nodes[0]?.faults.clear()
    await expect.poll(() => pool.state()[0]?.socket, { timeout: 10_000 }).toBe('open')
    expect(events.slice(0, 3)).toEqual(['node.listens', 'node.silent', 'node.listens'])
  })
})
