import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from './command.ts'
import { commandsOf, documentedBlocks } from './documents.ts'
import { type Answer, ask } from './graphql.ts'
import { heddleIndexerFrom, untilIndexed } from './index-process.ts'
import { aPlace, npmStart, type Place, postgresUrl, processesOf, repository, type Start, untilReady } from './stack.ts'
import { until } from './until.ts'

/*
 * A newcomer's first hour, in order, on one stack: each test goes on where the one before has stopped. It is told once with
 * each runtime, in two of Vitest's projects (HEDDLE_RUNTIME), and nothing that it expects may depend on which.
 */
const isEmbedded = process.env.HEDDLE_RUNTIME !== 'graph-node'

/** What the process that indexes has in its command line. */
const indexes = isEmbedded ? 'indexer/src/main.ts' : '/bin/gnd\0dev\0'

let place: Place
let start: Start
let readmeQuery: string

beforeAll(async () => {
  place = await aPlace()
  readmeQuery =
    (await documentedBlocks()).find(({ page, language }) => page === 'README.md' && language === 'graphql')?.text ?? ''
  start = npmStart(place)
  await untilReady(start, 240_000)
}, 250_000)

afterAll(async () => {
  await start.end()
  await place.remove()
}, 60_000)

interface Gallery {
  readonly _meta: { readonly block: { readonly number: number; readonly hash: string } }
  readonly tokens: readonly {
    readonly tokenId: string
    readonly owner: { readonly id: string; readonly profile: { readonly handle: string; readonly name: string } | null }
    readonly listing: { readonly price: string; readonly currency: string }
    readonly metadata: { readonly name: string; readonly description: string; readonly image: string }
    readonly collection: { readonly name: string; readonly page: { readonly description: string } }
  }[]
}

const graphql = () => `${place.gateway}/graphql`
const gallery = async () => (await ask(graphql(), readmeQuery)).data as unknown as Gallery
const tx = (...words: string[]) =>
  command('npm', ['run', 'tx', ...(words.length > 0 ? ['--', ...words] : [])], place.env)

async function rpc<T>(method: string, ...params: unknown[]): Promise<T> {
  const response = await fetch(place.rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { result: T }).result
}

const codesOf = ({ errors = [] }: Answer) => errors.map(({ extensions }) => extensions?.code)

describe('a newcomer', () => {
  it('sees one line when all is up', () => {
    expect(start.output().match(/^Heddle is ready: http:\/\/localhost:\d+\/graphql$/gm)).toHaveLength(1)
  })

  it("pastes the README's query and sees both worlds, as of one block", async () => {
    const { tokens, _meta } = await gallery()
    const block = await rpc<{ hash: string }>('eth_getBlockByNumber', `0x${_meta.block.number.toString(16)}`, false)

    expect(_meta.block.hash).toBe(block.hash)
    expect(tokens).toHaveLength(5)
    for (const { owner, listing, metadata, collection } of tokens) {
      expect(owner.id).toMatch(/^0x[0-9a-f]{40}$/)
      expect(BigInt(listing.price)).toBeGreaterThan(0n)
      expect(['NATIVE', 'PATRON']).toContain(listing.currency)
      expect(metadata.name.length * metadata.description.length * metadata.image.length).toBeGreaterThan(0)
      expect(collection.page.description).not.toBe('')
    }
    expect(tokens.some(({ owner }) => owner.profile !== null)).toBe(true)
  })

  it('sends a transaction and the answer has changed within a second', async () => {
    const before = await gallery()
    await tx()
    const mined = performance.now()
    const after = await until(
      'the answer changes',
      gallery,
      ({ tokens }) => tokens[0]?.listing.price !== before.tokens[0]?.listing.price,
      5_000,
    )

    expect(performance.now() - mined).toBeLessThan(1_000)
    expect(BigInt(after.tokens[0]?.listing.price ?? 0)).toBe(
      (BigInt(before.tokens[0]?.listing.price ?? 0) * 110n) / 100n,
    )
    expect(after._meta.block.number).toBe(before._meta.block.number + 1)
  })

  it('finds a market with people, tokens, texts, sales and offers enough to look around', async () => {
    const { data } = await ask(
      graphql(),
      `{ tokens(first: 1000) { metadata { name } owner { id profile { handle } } } collections(first: 1000) { creator { id } page { description } }
         sales(first: 1000) { currency } offers(first: 1000) { status expiresAt } anchorings(first: 1000) { id } listings(first: 1000) { active } }`,
    )
    const { tokens, collections, sales, offers, anchorings, listings } = data as Record<string, never[]> as unknown as {
      tokens: { metadata: unknown; owner: { id: string; profile: unknown } }[]
      collections: { creator: { id: string }; page: unknown }[]
      sales: { currency: string }[]
      offers: { status: string; expiresAt: string }[]
      anchorings: unknown[]
      listings: { active: boolean }[]
    }
    const owners = new Map(tokens.map(({ owner }) => [owner.id, owner.profile !== null]))

    expect(tokens.length).toBeGreaterThanOrEqual(80)
    expect(collections.length).toBeGreaterThanOrEqual(6)
    expect(new Set(collections.map(({ creator }) => creator.id)).size).toBeGreaterThanOrEqual(4)
    expect(tokens.every(({ metadata }) => metadata !== null)).toBe(true)
    expect(collections.every(({ page }) => page !== null)).toBe(true)
    expect([...owners.values()].filter(Boolean).length * 2).toBeGreaterThanOrEqual(owners.size)
    expect(new Set(sales.map(({ currency }) => currency))).toEqual(new Set(['NATIVE', 'PATRON']))
    expect(new Set(offers.map(({ status }) => status))).toEqual(new Set(['OPEN', 'TAKEN', 'WITHDRAWN']))
    expect(offers.some(({ status, expiresAt }) => status === 'OPEN' && Number(expiresAt) < Date.now() / 1000)).toBe(
      true,
    )
    expect(anchorings.length).toBeGreaterThan(0)
    expect(listings.some(({ active }) => active) && listings.some(({ active }) => !active)).toBe(true)
  })

  it('can run every command and query of the pages', async () => {
    const blocks = await documentedBlocks()
    // npm start and npm test are what runs this; benchmarks are for quiet machines; the others have tests of their own.
    const elsewhere = [
      /^npm (start|test)/,
      /^npm run (bench:|parity|reliability|serve)/,
      /^npx heddle-indexer /,
      /^graph /,
      /^DATABASE_URL=/,
    ]
    const commands = commandsOf(blocks).filter((line) => !elsewhere.some((pattern) => pattern.test(line)))
    const { DATABASE_URL = await postgresUrl(place) } = place.env
    // What a command does to its files depends on no runtime: once is enough.
    for (const line of isEmbedded ? commands : []) await command('sh', ['-c', line], { ...place.env, DATABASE_URL })
    for (const { text } of blocks.filter(({ language }) => language === 'graphql')) {
      expect(await ask(graphql(), text)).not.toHaveProperty('errors')
    }
    expect(commands).toEqual(expect.arrayContaining(['npm run tx', 'npm run build']))
  }, 120_000)

  it("runs the indexer's own command on the same chain, with a Postgres of its own", async () => {
    const documented = commandsOf(await documentedBlocks()).find((line) => line.startsWith('npx heddle-indexer')) ?? ''
    const [manifest, dataDir] = [join(place.home, 'subgraph/subgraph.yaml'), join(place.home, 'second')]
    const line = documented
      .replace('subgraph/build/subgraph.yaml', manifest)
      .replace('http://127.0.0.1:8545', place.rpcUrl)
    expect(line).toContain(manifest)
    const second = await heddleIndexerFrom(`${line} --name second --data-dir ${dataDir}`, place.env)
    try {
      await untilIndexed(second.subgraph, Number(await rpc('eth_blockNumber')))
      const query = '{ tokens(first: 1000) { id owner { id } listing { price } } }'
      expect(await ask(second.subgraph, query)).toEqual(await ask(place.subgraph, query))
    } finally {
      await second.end('SIGTERM')
    }
  }, 60_000)
})

describe('when a part is missing', () => {
  it('people still answer while the indexer is killed, and the chain comes back by itself', async () => {
    const query = '{ tokens(first: 1) { id } profiles(first: 2) { handle } }'
    const indexer = await indexerPid()
    process.kill(indexer, 'SIGKILL')
    const during = await until(
      'the chain is missing',
      () => ask(graphql(), query),
      ({ errors }) => errors !== undefined,
      10_000,
    )

    expect(codesOf(during)).toEqual(['UPSTREAM_UNAVAILABLE'])
    expect(during.errors?.[0]?.path).toEqual(['tokens'])
    expect(during.data?.profiles).toHaveLength(2)
    await until(
      'the chain is back',
      () => ask(graphql(), query),
      ({ errors }) => errors === undefined,
      30_000,
    )
    expect(await indexerPid()).not.toBe(indexer)
  }, 60_000)

  it('a second start in the same place says who is there', async () => {
    const second = npmStart(place)
    const code = await new Promise((resolve) => second.process.once('close', resolve))
    expect(code).toBe(1)
    expect(second.output()).toMatch(/already runs from this folder: process \d+/)
  })

  it('a taken port is one clear sentence', async () => {
    const other = await aPlace()
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(Number(other.env.HEDDLE_PORT), '127.0.0.1', resolve))
    const refused = npmStart(other)
    const code = await new Promise((resolve) => refused.process.once('close', resolve))
    taken.close()
    await other.remove()
    expect(code).toBe(1)
    expect(refused.output()).toContain(`${other.env.HEDDLE_PORT}`)
    expect(refused.output()).toContain('--port')
  })
})

describe('Ctrl-C', () => {
  it('leaves nothing running, and the next start has kept everything within 20 seconds', async () => {
    await tx()
    const price = ({ tokens }: Gallery) => tokens[0]?.listing.price
    const before = await until('the index has the chain', gallery, ({ _meta }) => _meta.block.number > 0, 5_000)
    const head = Number(await rpc('eth_blockNumber'))
    const settled = await until('the last block is indexed', gallery, ({ _meta }) => _meta.block.number === head, 5_000)
    expect(before.tokens).toHaveLength(5)

    expect(await start.end('SIGINT')).toBe(0)
    expect(await processesOf(place)).toEqual([])

    const began = performance.now()
    start = npmStart(place)
    await untilReady(start, 60_000)
    expect(performance.now() - began).toBeLessThan(20_000)
    const kept = await gallery()
    expect(kept._meta.block).toEqual(settled._meta.block)
    expect(price(kept)).toBe(price(settled))
  }, 120_000)

  it('a chain that was started anew is indexed from nothing', async () => {
    const old = await gallery()
    await start.end('SIGTERM')
    await rm(join(place.home, 'chain'), { recursive: true })
    start = npmStart(place)
    await untilReady(start, 120_000)
    const anew = await until('the new chain is indexed', gallery, ({ tokens }) => tokens.length === 5, 30_000)
    expect(anew._meta.block.hash).not.toBe(old._meta.block.hash)
    const block = await rpc<{ hash: string }>(
      'eth_getBlockByNumber',
      `0x${anew._meta.block.number.toString(16)}`,
      false,
    )
    expect(anew._meta.block.hash).toBe(block.hash)
  }, 180_000)
})

/** Of the process that the starter runs, not of a wrapper. */
async function indexerPid(): Promise<number> {
  const pids = await processesOf(place)
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(indexes)) return pid
  }
  throw new Error(`no indexer among ${pids.join(', ')} in ${repository}`)
}
