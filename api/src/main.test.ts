import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { buildSchema, execute, parse } from 'graphql'
import { expect, it } from 'vitest'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { applyMigrations } from '../../prisma/index.ts'
import { chainSdl, memorySubgraph } from '../test/marketplace.ts'

it('listens, answers, and on SIGTERM finishes what it has begun before it ends', async () => {
  await using scratch = await scratchDatabase()
  await applyMigrations(scratch.url)
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  await using subgraph = await serve(async (request, response) => {
    const { query, variables } = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString())
    if (query.includes('slow')) {
      arrived.resolve()
      await held.promise
    }
    const answer = await memorySubgraph()({ document: query, variables, signal: new AbortController().signal })
    response.end(JSON.stringify(answer))
  })
  await using gateway = await start({ DATABASE_URL: scratch.url, HEDDLE_SUBGRAPH_URL: subgraph.url })

  expect(
    await gateway.ask(
      '{ account(id: "0x00000000000000000000000000000000000000a1") { transferCount profile { handle } } }',
    ),
  ).toEqual({
    data: { account: { transferCount: 1, profile: null } },
    extensions: { chain: { block: expect.objectContaining({ number: 42 }) } },
  })
  const slow = gateway.ask('{ slow: accounts(first: 1) { transferCount } }')
  await arrived.promise
  gateway.child.kill('SIGTERM')
  await gateway.line('gateway.draining')
  held.resolve()

  expect(await slow).toMatchObject({ data: { slow: [{ transferCount: 0 }] } })
  expect(await gateway.ended).toEqual([0, null])
})

it('starts beside a subgraph that is another one, says what it misses, and is not ready', async () => {
  await using scratch = await scratchDatabase()
  await applyMigrations(scratch.url)
  const other = buildSchema(chainSdl.replace(/^ {2}lastSalePrice: .*\n/m, ''))
  await using subgraph = await serve(async (request, response) => {
    const { query, variables } = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString())
    const answer = query.includes('__schema')
      ? await execute({ schema: other, document: parse(query) })
      : await memorySubgraph()({ document: query, variables, signal: new AbortController().signal })
    response.end(JSON.stringify(answer))
  })
  await using gateway = await start({ DATABASE_URL: scratch.url, HEDDLE_SUBGRAPH_URL: subgraph.url })

  expect(await gateway.line('subgraph.differs')).toMatchObject({ missing: 'Token.lastSalePrice was removed.' })
  const ready = await fetch(new URL('/health/ready', gateway.url))

  expect([ready.status, await ready.json()]).toMatchObject([
    503,
    { reasons: ['the subgraph is another one than expected: Token.lastSalePrice was removed.'] },
  ])
  expect(await gateway.ask('{ accounts(first: 1) { transferCount } }')).toMatchObject({
    data: { accounts: [{ transferCount: 0 }] },
  })
})

it('says everything that is wrong with its settings and ends', async () => {
  const child = run({ HEDDLE_PORT: 'x' })
  const ended = once(child, 'exit')
  const said = Buffer.concat(await Array.fromAsync(child.stderr ?? [])).toString()

  expect(await ended).toEqual([1, null])
  expect(said).toMatch(/DATABASE_URL is missing.*HEDDLE_PORT/s)
})

function run(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function start(env: Record<string, string>) {
  const child = run({ HEDDLE_PORT: '0', ...env })
  const ended = once(child, 'exit')
  const lines = new Map<string, PromiseWithResolvers<{ url: string }>>()
  const named = (event: string) => {
    const known = lines.get(event) ?? Promise.withResolvers<{ url: string }>()
    lines.set(event, known)
    return known
  }
  const line = (event: string) => named(event).promise
  createInterface({ input: child.stdout ?? process.stdin }).on('line', (text) => {
    const parsed = JSON.parse(text)
    named(parsed.msg).resolve(parsed)
  })
  child.stderr?.pipe(process.stderr)
  const { url } = await line('gateway.listening')
  const ask = async (query: string) => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json()
  }
  return {
    child,
    url,
    ended,
    line,
    ask,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function serve(handle: RequestListener) {
  const server = createServer(handle).listen(0, '127.0.0.1')
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
