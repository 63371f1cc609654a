import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { countedPrisma, marketplace, memorySubgraph } from '../test/marketplace.ts'
import { createHttpUpstream } from './chain/http-upstream.ts'
import { indexerReasons } from './chain/indexer-reasons.ts'
import type { Upstream } from './chain/upstream.ts'
import type { Log } from './log.ts'

const everything = '{ tokens(first: 2) { tokenId metadata { name } } profiles { handle } }'
/** Nobody listens there. */
const deadDatabase = 'postgresql://nobody:top-secret-word@127.0.0.1:1/nothing'

it('answers people when the subgraph is down, and says so at the chain', async () => {
  const dead = createHttpUpstream({
    url: 'http://127.0.0.1:1/',
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    maxConnections: 1,
  })
  await using market = await marketplace({ upstream: dead.ask })

  const { status, data, errors } = await market.ask(everything)

  expect(status).toBe(200)
  expect(data).toEqual({ tokens: null, profiles: [{ handle: 'ilse' }, { handle: 'mara' }] })
  expect(errors).toMatchObject([{ path: ['tokens'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }])
  expect(errors).toHaveLength(1)
})

it('answers the chain when Postgres is down, with an error at every field of people', async () => {
  const { prisma } = countedPrisma(deadDatabase)
  await using market = await marketplace({ prisma })

  const { status, data, errors } = await market.ask(everything)

  expect(status).toBe(200)
  expect(data).toEqual({
    tokens: [
      { tokenId: '0', metadata: null },
      { tokenId: '1', metadata: null },
    ],
    profiles: null,
  })
  expect(errors?.map(({ path, extensions: { code } }) => [path?.join('.'), code]).sort()).toEqual([
    ['profiles', 'DATABASE_UNAVAILABLE'],
    ['tokens.0.metadata', 'DATABASE_UNAVAILABLE'],
    ['tokens.1.metadata', 'DATABASE_UNAVAILABLE'],
  ])
  await prisma.$disconnect()
})

it('keeps addresses and passwords out of answers and logs', async () => {
  const lines: string[] = []
  const record = (event: string, facts?: object) => lines.push(event + JSON.stringify(facts))
  const log: Log = { debug: record, info: record, warn: record, error: record }
  const { prisma } = countedPrisma(deadDatabase)
  await using market = await marketplace({ prisma, log })

  const answer = JSON.stringify([await market.ask(everything), await (await market.fetch('/health/ready')).json()])

  expect(answer).not.toMatch(/top-secret-word|127\.0\.0\.1/)
  expect(lines.filter((line) => line.startsWith('operation.failed'))).toHaveLength(2)
  expect(lines.join('\n')).toContain('P1001')
  expect(lines.join('\n')).not.toContain('top-secret-word')
  await prisma.$disconnect()
})

it('masks what nobody foresaw', async () => {
  await using market = await marketplace({
    upstream: () => Promise.reject(new TypeError('the password is hunter2')),
  })

  const { errors } = await market.ask('{ tokens { id } }')

  expect(errors).toEqual([
    {
      message: 'Something went wrong here. It has been noted.',
      path: ['tokens'],
      locations: [{ line: 1, column: 3 }],
      extensions: { code: 'INTERNAL' },
    },
  ])
})

it('stops waiting for the subgraph at the deadline of the operation', async () => {
  await using silent = await listening(() => {})
  const { ask } = createHttpUpstream({ url: silent.url, timeoutMs: 60_000, maxResponseBytes: 1_000, maxConnections: 1 })
  await using market = await marketplace({ upstream: ask, operationTimeoutMs: 50 })

  const { data, errors } = await market.ask('{ tokens { id } profiles(first: 1) { handle } }')

  expect(data).toEqual({ tokens: null, profiles: [{ handle: 'ilse' }] })
  expect(errors).toMatchObject([{ path: ['tokens'], extensions: { code: 'UPSTREAM_TIMEOUT' } }])
})

it('gives up what nobody waits for any more, and makes no fuss of it', async () => {
  const events: string[] = []
  const record = (event: string) => events.push(event)
  const log: Log = { debug: record, info: record, warn: record, error: record }
  const asked = Promise.withResolvers<void>()
  const cancelled = Promise.withResolvers<void>()
  const upstream: Upstream = ({ signal }) => {
    asked.resolve()
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        cancelled.resolve()
        reject(signal.reason)
      })
    })
  }
  await using market = await marketplace({ upstream, log })
  await using site = await listening(market.handle)
  const client = new AbortController()
  const request = fetch(`${site.url}graphql?query={tokens{id}}`, { signal: client.signal })
  await asked.promise

  client.abort()

  await expect(request).rejects.toMatchObject({ name: 'AbortError' })
  await cancelled.promise
  expect(events).toEqual([])
})

it('is ready when Postgres and the subgraph are, and says where they are', async () => {
  await using market = await marketplace()

  const ready = await market.fetch('/health/ready')

  expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, reasons: [], block: { number: 42 } }])
  expect(await (await market.fetch('/health/live')).json()).toEqual({ live: true })
})

it.each([
  ['the database cannot be reached', { prisma: countedPrisma(deadDatabase).prisma }],
  ['the subgraph cannot be reached', { upstream: () => Promise.reject(new Error('down')) }],
  [
    'the subgraph has no block yet',
    { upstream: async () => ({ data: null, errors: [{ message: 'deployment `x` does not exist' }] }) },
  ],
  ['the subgraph has failed', { upstream: async () => ({ data: { _pin: null, _meta: { hasIndexingErrors: true } } }) }],
])('is not ready when %s, but lives', async (reason, deps) => {
  await using market = await marketplace({ upstream: memorySubgraph(), ...deps })

  const ready = await market.fetch('/health/ready')

  expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false, reasons: [reason] }])
  expect((await market.fetch('/health/live')).status).toBe(200)
})

async function listening(handle: Parameters<typeof createServer>[1]) {
  const server = createServer(handle ?? (() => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

it('passes on what the indexer says is missing, where the subgraph does not answer', async () => {
  const indexer = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ready: false, reasons: ['the database cannot be reached'] }))
  })
  indexer.listen(0, '127.0.0.1')
  await once(indexer, 'listening')
  const url = `http://127.0.0.1:${(indexer.address() as AddressInfo).port}/subgraphs/name/one`
  await using market = await marketplace({
    upstream: () => Promise.reject(new Error('down')),
    indexerReasons: indexerReasons(url),
  })

  const ready = await market.fetch('/health/ready')

  expect([ready.status, await ready.json()]).toMatchObject([
    503,
    { reasons: ['the subgraph cannot be reached', 'the indexer says: the database cannot be reached'] },
  ])
  indexer.close()
})
