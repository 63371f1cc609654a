import { buildSchema, execute, parse } from 'graphql'
import { expect, it } from 'vitest'
import { chainSdl } from '../../test/marketplace.ts'
import type { Log } from '../log.ts'
import { missingFrom, watchSchema } from './live-schema.ts'
import { parseChainSchema } from './schema.ts'
import type { Upstream } from './upstream.ts'

const chainSchema = parseChainSchema(chainSdl)
const answering =
  (sdl: string): Upstream =>
  async ({ document }) =>
    (await execute({ schema: buildSchema(sdl), document: parse(document) })) as Awaited<ReturnType<Upstream>>

function recorder() {
  const events: [string, object | undefined][] = []
  const record = (event: string, facts?: object) => events.push([event, facts])
  const log: Log = { debug: record, info: record, warn: record, error: record }
  return { events, log }
}

it('misses nothing in the schema it was made from, nor in one that has more', () => {
  const more = `${chainSdl} extend type Token { color: String } type Ghost { id: ID! } extend type Query { ghosts(first: Int): [Ghost!]! }`

  expect(missingFrom(buildSchema(chainSdl), chainSchema)).toEqual([])
  expect(missingFrom(buildSchema(more), chainSchema)).toEqual([])
})

it.each([
  ['a field', (sdl: string) => sdl.replace(/^ {2}lastSalePrice: .*\n/m, ''), /^Token\.lastSalePrice was removed\.$/],
  [
    'an argument',
    (sdl: string) => sdl.replace(/^( {2}token\(\n) {4}id: ID!\n/m, '$1'),
    /^Query\.token arg id was removed\.$/,
  ],
  [
    "a field's type",
    (sdl: string) => sdl.replace(/^ {2}lastSalePrice: BigInt/m, '  lastSalePrice: Int'),
    /^Token\.lastSalePrice changed type from BigInt to Int\.$/,
  ],
  [
    'a filter',
    (sdl: string) => sdl.replace(/^ {2}lastSalePrice_gte: .*\n/m, ''),
    /^Token_filter\.lastSalePrice_gte was removed\.$/,
  ],
])('names %s that is missing', (_what, change, expected) => {
  const live = change(chainSdl)
  expect(live).not.toBe(chainSdl)

  expect(missingFrom(buildSchema(live), chainSchema)).toEqual([expect.stringMatching(expected)])
})

it('waits for the subgraph in the background, tells once what is missing, and notices when it is there', async () => {
  const { events, log } = recorder()
  const old = chainSdl.replace(/^ {2}lastSalePrice: .*\n/m, '')
  const answers: Upstream[] = [
    () => Promise.reject(new Error('down')),
    async () => ({ errors: [{ message: 'deployment `heddle` does not exist' }] }),
    answering(old),
    () => Promise.reject(new Error('down')),
    answering(old),
    answering(chainSdl),
  ]
  const seen: number[] = []
  const schemas = watchSchema({
    chainSchema,
    log,
    upstream: (request) => {
      seen.push(schemas.missing.length)
      return (answers.shift() ?? answering(chainSdl))(request)
    },
  })

  await schemas.watch(new AbortController().signal, 1)

  expect(seen).toEqual([0, 0, 0, 1, 1, 1])
  expect(schemas.missing).toEqual([])
  expect(events).toEqual([
    ['subgraph.differs', expect.objectContaining({ missing: 'Token.lastSalePrice was removed.' })],
    ['subgraph.fits', undefined],
  ])
})

it('stops asking when told', async () => {
  const stopping = new AbortController()
  const { log } = recorder()
  let asked = 0
  const upstream: Upstream = async () => {
    asked += 1
    stopping.abort()
    return { errors: [{ message: 'not yet' }] }
  }

  await watchSchema({ chainSchema, log, upstream }).watch(stopping.signal)

  expect(asked).toBe(1)
})
