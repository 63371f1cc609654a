import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { httpNode } from './http.ts'
import { NodeBusyError } from './refusal.ts'
import { createRpc } from './rpc.ts'

interface Asked {
  readonly headers: IncomingHttpHeaders
  readonly calls: readonly { readonly id: number; readonly method: string }[]
}

/** A node that is told what to answer. */
async function aNode(answer: (asked: Asked, response: ServerResponse) => void) {
  const asked: Asked[] = []
  let closed = 0
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request))
    const one = { headers: request.headers, calls: Array.isArray(body) ? body : [body] }
    asked.push(one)
    response.on('close', () => {
      if (!response.writableFinished) closed += 1
    })
    answer(one, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, asked, closed: () => closed }
}

const options = { timeoutMs: 10_000, batchSize: 100 }

function say({ calls }: Asked, response: ServerResponse, result: unknown = '0x1'): void {
  const answers = calls.map(({ id }) => ({ jsonrpc: '2.0', id, result }))
  response.writeHead(200, { 'content-type': 'application/json' })
  // In any order: the ids tell which is which.
  response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers.toReversed()))
}

it('waits as long as a busy node asks it to', async () => {
  let busy = true
  const node = await aNode((asked, response) => {
    if (!busy) return say(asked, response)
    busy = false
    response.writeHead(429, { 'retry-after': '2' }).end('slow down')
  })
  const startedAt = performance.now()
  expect(await createRpc(node.url).chainId()).toBe(1)
  expect(performance.now() - startedAt).toBeGreaterThan(1_900)
})

it('knows what a node means by retry-after, and no more than a minute of it', async () => {
  const wishes = ['3', new Date(Date.now() + 30_000).toUTCString(), '86400', 'later']
  const node = await aNode((_, response) => response.writeHead(429, { 'retry-after': wishes.shift() }).end())
  const { call } = httpNode(node.url, options)
  const told: (number | null)[] = []
  for (let i = 0; i < 4; i++) {
    const error = await call('eth_chainId', []).catch((caught: unknown) => caught)
    if (!(error instanceof NodeBusyError)) throw error
    told.push(error.retryAfterMs)
  }
  expect(told[0]).toBe(3_000)
  expect(told[1]).toBeGreaterThan(10_000)
  expect(told.slice(2)).toEqual([60_000, null])
})

it('puts a user and a password into a header', async () => {
  const node = await aNode((asked, response) => say(asked, response))
  await httpNode(`http://somebody:p%40ss@${node.host}/key`, options).call('eth_chainId', [])
  expect(node.asked[0]?.headers.authorization).toBe(`Basic ${btoa('somebody:p@ss')}`)
})

it('ends a batch when nobody waits for any of it, and not before', async () => {
  const node = await aNode(() => undefined)
  const { call } = httpNode(node.url, options)
  const [one, two] = [new AbortController(), new AbortController()]
  const work = [one, two].map(({ signal }) => call('eth_chainId', [], signal).catch((error: unknown) => error))
  await expect.poll(() => node.asked.length, { timeout: 10_000 }).toBe(1)
  one.abort('enough')
  expect(await work[0]).toBe('enough')
  expect(node.closed()).toBe(0)
  two.abort('enough')
  await expect.poll(() => node.closed(), { timeout: 10_000 }).toBe(1)
})

it('sends smaller batches to a node that finds them too large, and larger ones again after a while', async () => {
  let most = 10
  const node = await aNode((asked, response) => {
    if (asked.calls.length > most) {
      const error = { code: -32600, message: `batch too large: at most ${most} calls` }
      return response.end(JSON.stringify({ jsonrpc: '2.0', id: null, error }))
    }
    return say(asked, response)
  })
  const { call } = httpNode(node.url, { ...options, cautionMs: 300 })
  const ask = () => Promise.all(Array.from({ length: 100 }, () => call('eth_chainId', [])))
  expect(await ask()).toHaveLength(100)
  most = 100
  await expect
    .poll(
      async () => {
        await ask()
        return node.asked.at(-1)?.calls.length
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(100)
})

it('does not take an answer that fills the memory', async () => {
  const node = await aNode((asked, response) => say(asked, response, 'x'.repeat(10_000)))
  const { call } = httpNode(node.url, { ...options, maxBytes: 5_000 })
  await expect(call('eth_chainId', [])).rejects.toThrow('more than 5000 bytes')
  // Of two that are too large together, each may do.
  const wide = httpNode(node.url, { ...options, maxBytes: 15_000 })
  expect(await Promise.all([wide.call('a', []), wide.call('b', [])])).toHaveLength(2)
})
