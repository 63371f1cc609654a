import { setTimeout as pause } from 'node:timers/promises'
import { keccak256, stringToHex } from 'viem'
import { expect, it } from 'vitest'
import { type ChaosChain, GeneratedChain, serveNode } from '../kit/chaos/index.ts'
import { aBuild, anIndexer, type TestIndexer } from '../test/indexing.ts'
import { type ScratchDatabase, scratchDatabase } from '../test/postgres.ts'
import { createRpc } from './chain/rpc.ts'
import { parseRebuild } from './commands/command-line.ts'
import { runRebuild } from './commands/rebuild-command.ts'

const ping = {
  address: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  topics: [keccak256(stringToHex('Ping()'))],
  data: '0x',
} as const

/** A ping in every third block; on another branch, in others. */
const logsOf = ({ number, branch }: { number: number; branch: number }) => ((number + branch) % 3 === 0 ? [ping] : [])

const aBranch = (blocks: number) =>
  new GeneratedChain({ seed: 'settled', blocks, logsOf, safeDepth: 2, finalizedDepth: 4 })

/** A node that can be told to follow another chain. */
async function aNode(chain: ChaosChain) {
  let followed = chain
  const node = await serveNode({
    chainId: chain.chainId,
    get head() {
      return followed.head
    },
    mine: (count) => followed.mine(count),
    reorg: (reorg) => followed.reorg(reorg),
    logs: () => followed.logs(),
    hashAt: (number) => followed.hashAt(number),
    answer: (method, params) => followed.answer(method, params),
    onHead: (listener) => followed.onHead(listener),
    close: () => followed.close(),
  })
  return {
    url: node.url,
    rpc: createRpc(node.url),
    follow: (other: ChaosChain) => {
      followed = other
    },
    [Symbol.asyncDispose]: () => node.close(),
  }
}

async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const answer = await ask()
    if (isSo(answer)) return answer
    if (Date.now() > deadline) throw new Error(`it did not come to it; last: ${JSON.stringify(answer)}`)
    await pause(20)
  }
}

async function pings(indexer: TestIndexer): Promise<number[]> {
  const { pings: found } = (await indexer.ask('{ pings(first: 1000, orderBy: block) { block } }')) as {
    pings: { block: number }[]
  }
  return found.map(({ block }) => block)
}

const pingsOf = async (chain: ChaosChain) => (await chain.logs()).map(({ blockNumber }) => blockNumber)

interface Told {
  readonly data: { readonly _meta: { readonly block: { readonly number: number } }; readonly pings: readonly unknown[] }
  readonly extensions?: unknown
}

/** What the query door answers to these headers. */
async function asked(
  { indexer }: TestIndexer,
  headers: Record<string, string>,
  query = '{ _meta { block { number hash } } pings { block } }',
): Promise<Told> {
  const response = await fetch(indexer.queryUrl, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return (await response.json()) as Told
}

async function anIndex(database: ScratchDatabase, node: Awaited<ReturnType<typeof aNode>>, env: NodeJS.ProcessEnv) {
  await using build = await aBuild('pings')
  return await anIndexer(build, { chain: node, database, env })
}

it('follows a reorg in production down to the final block, stops below it, serves what it has, and goes on when the node is back', {
  timeout: 90_000,
}, async () => {
  const [ours, other] = [aBranch(20), aBranch(20)]
  await using node = await aNode(ours)
  await using database = await scratchDatabase()
  const env = { NODE_ENV: 'production', HEDDLE_FINALITY: 'anvil:5', GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS: '1' }
  await using indexer = await anIndex(database, node, env)
  await indexer.caughtUp()
  for (const chain of [ours, other]) await chain.reorg({ depth: 5, blocks: 6 })
  await indexer.caughtUp()
  expect(await pings(indexer)).toEqual(await pingsOf(ours))

  await other.reorg({ depth: 10, blocks: 12 })
  const before = await pings(indexer)
  node.follow(other)
  const { fatalError } = await until(indexer.status, ({ health }) => health === 'failed')
  const [held, found] = [await ours.hashAt(21), await other.hashAt(21)]
  expect(fatalError?.message).toContain('replaced below block 16')
  expect(fatalError?.message).toContain(`of block 21 the index has ${held}, the node has ${found}`)
  expect(fatalError?.message).toContain('the newest block of both is 11')
  expect(await pings(indexer)).toEqual(before)

  await ours.mine(3)
  node.follow(ours)
  await until(indexer.status, ({ health }) => health === 'healthy')
  await indexer.caughtUp()
  expect(await pings(indexer)).toEqual(await pingsOf(ours))
})

it('remembers the final block when another rule comes into force, and follows every reorg that neither forbids', {
  timeout: 90_000,
}, async () => {
  const [ours, other] = [aBranch(20), aBranch(20)]
  await using node = await aNode(ours)
  await using database = await scratchDatabase()
  const start = (finality: string) =>
    anIndex(database, node, {
      NODE_ENV: 'production',
      HEDDLE_FINALITY: `anvil:${finality}`,
      GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS: '1',
    })
  const final = async (indexer: TestIndexer) => {
    const { extensions } = await asked(indexer, { 'heddle-extensions': 'chain' })
    return (extensions as { chain: { final: number | null } }).chain.final
  }
  {
    await using indexer = await start('5')
    await indexer.caughtUp()
    expect(await final(indexer)).toBe(15)
  }
  // While nobody looked; by the rule of now, the newest blocks would have been final.
  for (const chain of [ours, other]) await chain.reorg({ depth: 3, blocks: 3 })
  {
    await using indexer = await start('latest')
    await indexer.caughtUp()
    expect(await pings(indexer)).toEqual(await pingsOf(ours))
    expect(await final(indexer)).toBe(20)
    // More is final by the other one's rule than by none: a reorg below that stops it.
    await other.reorg({ depth: 2, blocks: 4 })
    node.follow(other)
    await until(indexer.status, ({ health }) => health === 'failed')
  }
  {
    await using indexer = await start('finalized')
    await indexer.caughtUp()
    expect((await indexer.status()).health).toBe('healthy')
    expect(await pings(indexer)).toEqual(await pingsOf(other))
    expect(await final(indexer)).toBe(18)
  }
  {
    await using indexer = await start('1000')
    await until(
      () => final(indexer),
      (number) => number === null,
    )
  }
})

it('is made anew by a rebuild where the node is right, in one step for those who ask, and follows the chain from there', {
  timeout: 90_000,
}, async () => {
  const [ours, other] = [aBranch(20), aBranch(20)]
  await using node = await aNode(ours)
  await using database = await scratchDatabase()
  const env = { NODE_ENV: 'production', HEDDLE_FINALITY: 'anvil:5', GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS: '1' }
  await using indexer = await anIndex(database, node, env)
  await indexer.caughtUp()
  // The other chain is shorter: what is stored above it must go as well.
  await other.reorg({ depth: 12, blocks: 9 })
  const before = await pings(indexer)
  node.follow(other)
  // Nobody knows yet whether the node is only behind; a block more than ours shows that it is not.
  await other.mine(4)
  const { fatalError } = await until(indexer.status, ({ health }) => health === 'failed')
  expect(fatalError?.message).toContain('heddle-indexer rebuild')
  await other.reorg({ depth: 3, blocks: 1 })

  const lines: string[] = []
  const seen: number[][] = []
  const rebuilding = new AbortController()
  const reading = (async () => {
    while (!rebuilding.signal.aborted) seen.push(await pings(indexer))
  })()
  reading.catch(() => rebuilding.abort())
  const args = ['--rpc', `anvil:${node.url}`, '--postgres-url', database.url]
  const rebuild = (...more: string[]) =>
    runRebuild(parseRebuild([...args, ...more], env), (line) => lines.push(line), new AbortController().signal)
  await rebuild('--dry-run')
  expect(lines.join('\n')).toContain('nothing was changed (--dry-run)')
  expect(await pings(indexer)).toEqual(before)
  await rebuild()
  expect(lines.join('\n')).toContain("the new index has taken the old one's place")
  const after = await pingsOf(other)
  expect(await pings(indexer)).toEqual(after)
  rebuilding.abort()
  await reading
  expect(new Set(seen.map(String))).toEqual(new Set([String(before), String(after)]))

  await until(indexer.status, ({ health }) => health === 'healthy')
  await other.mine(9)
  await indexer.caughtUp()
  await other.reorg({ depth: 4 })
  await indexer.caughtUp()
  expect(await pings(indexer)).toEqual(await pingsOf(other))
})

it('tells how final an answer is, and answers at the safe and the final block, to who asks by a header', {
  timeout: 60_000,
}, async () => {
  const chain = aBranch(20)
  await using node = await aNode(chain)
  await using database = await scratchDatabase()
  await using indexer = await anIndex(database, node, { HEDDLE_FINALITY: 'anvil:finalized' })
  await indexer.caughtUp()
  expect(await asked(indexer, {})).not.toHaveProperty('extensions')
  const indexed = { number: 20, hash: await chain.hashAt(20), timestamp: 1_700_000_040 }
  const { extensions } = await asked(indexer, { 'heddle-extensions': 'chain' })
  expect(extensions).toEqual({ chain: { indexed, safe: 18, final: 16 } })
  const blocks = await pingsOf(chain)
  for (const [at, number] of Object.entries({ latest: 20, safe: 18, final: 16 })) {
    const { data } = await asked(indexer, { 'heddle-at': at })
    expect(data._meta.block.number).toBe(number)
    expect(data.pings).toHaveLength(blocks.filter((block) => block <= number).length)
  }
  const own = '{ _meta { block { number } } pings(block: { number: 20 }) { block } }'
  expect((await asked(indexer, { 'heddle-at': 'final' }, own)).data.pings).toHaveLength(blocks.length)
  expect(await asked(indexer, { 'heddle-at': 'soon' })).toEqual({
    error: 'GraphQL server error (client error): Heddle-At must be latest, safe or final',
  })
})
