import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { createHttpUpstream } from './http-upstream.ts'

const question = { document: '{ a }', variables: {}, signal: new AbortController().signal }

it('sends the document and the variables as JSON and gives back what comes', async () => {
  const bodies: string[] = []
  await using server = await subgraph((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk)))
    request.on('end', () => response.end('{"data":{"a":"18446744073709551616"}}'))
  })

  const answer = await server.ask({ ...question, variables: { id: '0x1' } })

  expect(answer).toEqual({ data: { a: '18446744073709551616' } })
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ query: '{ a }', variables: { id: '0x1' } }])
})

it.each([
  ['no JSON', (response) => response.end('<html>'), 'UPSTREAM_INVALID'],
  ['JSON that is no answer', (response) => response.end('[1]'), 'UPSTREAM_INVALID'],
  ['errors of no known shape', (response) => response.end('{"errors":[{}]}'), 'UPSTREAM_INVALID'],
  ['data that is a list', (response) => response.end('{"data":[]}'), 'UPSTREAM_INVALID'],
  ['404', (response) => response.writeHead(404).end('{"data":{}}'), 'UPSTREAM_INVALID'],
  ['a redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), 'UPSTREAM_INVALID'],
  ['500', (response) => response.writeHead(500).end('{"data":{}}'), 'UPSTREAM_UNAVAILABLE'],
  ['429', (response) => response.writeHead(429).end(), 'UPSTREAM_UNAVAILABLE'],
  [
    'too much',
    (response) => response.end(JSON.stringify({ data: { a: 'x'.repeat(2_000) } })),
    'UPSTREAM_RESPONSE_TOO_LARGE',
  ],
  ['a connection that breaks', (response) => response.destroy(), 'UPSTREAM_UNAVAILABLE'],
  [
    'an answer that breaks off',
    (response) => response.write('{"data"', () => response.destroy()),
    'UPSTREAM_UNAVAILABLE',
  ],
  ['silence', () => {}, 'UPSTREAM_TIMEOUT'],
] as [string, (response: Parameters<RequestListener>[1]) => void, string][])('on %s', async (_what, respond, code) => {
  await using server = await subgraph((_request, response) => respond(response))

  await expect(server.ask(question)).rejects.toMatchObject({ code })
})

it('sends equal questions that come together once, and gives each its own answer', async () => {
  let asked = 0
  await using server = await subgraph((_request, response) => {
    asked += 1
    response.end('{"data":{"a":{}}}')
  })

  const answers = await Promise.all([
    server.ask(question),
    server.ask(question),
    server.ask({ ...question, document: '{ b }' }),
  ])

  expect(asked).toBe(2)
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]?.data).not.toBe(answers[1]?.data)
})

it('asks for another state in a header, and takes the answer to be another', async () => {
  const heads: unknown[] = []
  await using server = await subgraph((request, response) => {
    const { 'heddle-at': at, 'heddle-extensions': extensions } = request.headers
    heads.push([at, extensions])
    response.end(`{"data":{"a":"${at}"},"extensions":{"chain":{"indexed":null,"safe":null,"final":7}}}`)
  })

  const answers = await Promise.all([server.ask(question), server.ask({ ...question, at: 'final' })])

  expect(heads).toEqual([
    [undefined, 'chain'],
    ['final', 'chain'],
  ])
  const settled = { safe: null, final: 7 }
  expect(answers).toEqual([
    { data: { a: 'undefined' }, settled },
    { data: { a: 'final' }, settled },
  ])
})

it('goes on for the others when one of them leaves, and gives up when all have', async () => {
  const closed = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  let answerNow = () => {}
  await using server = await subgraph((_request, response) => {
    response.on('close', () => closed.resolve())
    answerNow = () => response.end('{"data":{"a":1}}')
    arrived.resolve()
  })
  const leaving = new AbortController()
  const one = server.ask({ ...question, signal: leaving.signal })
  const other = server.ask(question)
  await arrived.promise

  leaving.abort()
  await expect(one).rejects.toMatchObject({ name: 'AbortError' })
  answerNow()
  expect(await other).toEqual({ data: { a: 1 } })

  const alone = new AbortController()
  const last = server.ask({ ...question, document: '{ c }', signal: alone.signal })
  const gone = expect(last).rejects.toMatchObject({ name: 'AbortError' })
  alone.abort()
  await gone
  await closed.promise
})

async function subgraph(handle: RequestListener) {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const upstream = createHttpUpstream({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    timeoutMs: 300,
    maxResponseBytes: 1_000,
    maxConnections: 4,
  })
  return {
    ask: upstream.ask,
    [Symbol.asyncDispose]: async () => {
      upstream.close()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

it('hears how far the index was compared with its chain', async () => {
  const verified = { block: 7, checked: 40, differing: 0, quarantined: 1 }
  await using server = await subgraph((_request, response) => {
    response.end(JSON.stringify({ data: { a: 1 }, extensions: { verified } }))
  })

  expect(await server.ask(question)).toEqual({ data: { a: 1 }, verified })
})
