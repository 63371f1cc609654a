import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { apiSchemaSdl } from '../../../indexer/src/index.ts'
import { openDoor } from '../../../indexer/src/serve/http.ts'
import { queryHandler } from '../../../indexer/src/serve/query.ts'
import { aBlockLink } from '../../../indexer/test/deployment.ts'
import { scratchIndex } from '../../../indexer/test/queryable.ts'
import { blockHash, FIRST_HEAD, toyGateway } from '../../test/toy.ts'
import { buildSchema } from '../build-schema.ts'
import { createExecutor } from './execute.ts'
import { createHttpUpstream } from './http-upstream.ts'

const schemaText = 'type City @entity(immutable: false) { id: ID!  name: String! }'

/** A gateway without people's rows, in front of the indexer's query door: city `c` was renamed by each of ten blocks. */
async function gateway() {
  const index = await scratchIndex(schemaText)
  const names = (number: number) => ({ number, write: { City: [{ id: 'c', name: `after ${number}` }] } })
  await index.write(...Array.from({ length: 10 }, (_, i) => names(i + 1)))
  const door = await openDoor(queryHandler({ find: () => index.queryable }), { host: '127.0.0.1', port: 0 })
  const upstream = createHttpUpstream({
    url: `http://127.0.0.1:${door.port}/subgraphs/name/a`,
    timeoutMs: 10_000,
    maxResponseBytes: 100_000,
    maxConnections: 4,
  })
  const { schema, chainSchema } = buildSchema(apiSchemaSdl(schemaText), [])
  const execute = createExecutor({ upstream: upstream.ask, chainSchema, timeoutMs: 10_000 })
  return {
    settle: (number: number, settled: { final: number; safe: number }) =>
      index.store.commit([], [aBlockLink(number)], aBlockLink(number), settled),
    ask: async (source: string, variableValues: Record<string, unknown> = {}) => {
      const document = parse(source)
      expect(validate(schema, document)).toEqual([])
      return execute({ schema, document, variableValues, contextValue: {} })
    },
    [Symbol.asyncDispose]: async () => {
      upstream.close()
      await door.close()
      await index[Symbol.asyncDispose]()
    },
  }
}

const question = '{ city(id: "c") { name } }'

it('answers as of the latest, the safe and the final block, and says which that is and how final', async () => {
  await using asked = await gateway()
  await asked.settle(11, { final: 4, safe: 7 })
  const answers = await Promise.all([
    asked.ask(`query ${question}`),
    asked.ask(`query @asOf(finality: LATEST) ${question}`),
    asked.ask(`query @asOf(finality: SAFE) ${question}`),
    asked.ask(`query ($at: _Finality_!) @asOf(finality: $at) ${question}`, { at: 'FINAL' }),
  ])
  const told = (number: number, finality: string) => {
    const { hash, timestamp } = aBlockLink(number)
    return { block: { number, hash, timestamp, finality } }
  }
  expect(answers.map(({ data }) => data?.city)).toEqual([
    { name: 'after 10' },
    { name: 'after 10' },
    { name: 'after 7' },
    { name: 'after 4' },
  ])
  expect(answers.map(({ extensions }) => extensions?.chain)).toEqual([
    told(11, 'pending'),
    told(11, 'pending'),
    told(7, 'safe'),
    told(4, 'final'),
  ])
})

it('leaves a field that names its own block where it is, and says of that block how final it is', async () => {
  await using asked = await gateway()
  await asked.settle(11, { final: 4, safe: 7 })
  const { data, extensions } = await asked.ask(
    'query @asOf(finality: FINAL) { city(id: "c", block: { number: 6 }) { name } }',
  )
  expect(data?.city).toEqual({ name: 'after 6' })
  expect(extensions).toMatchObject({ chain: { block: { number: 6, finality: 'safe' } } })
})

it('says so while no block is final', async () => {
  await using asked = await gateway()
  const { errors } = await asked.ask(`query @asOf(finality: FINAL) ${question}`)
  expect(errors).toMatchObject([{ originalError: { code: 'BLOCK_UNAVAILABLE' } }])
  expect(errors?.[0]?.message).toContain('has no final block yet')
})

it('asks for what comes later at the same block, and for the state only once', async () => {
  const settled = { safe: FIRST_HEAD + 1, final: FIRST_HEAD + 1 }
  const { ask, sent } = toyGateway((upstream) => async (request) => ({ ...(await upstream(request)), settled }))
  const { extensions } = await ask(
    'query @asOf(finality: FINAL) { tokens { id } profiles(first: 1) { accounts { id } } }',
  )
  expect(sent.map(({ at }) => at)).toEqual(['final', undefined])
  expect(sent[1]?.variables).toMatchObject({ _k_block: { hash: blockHash(FIRST_HEAD + 1) } })
  expect(extensions).toMatchObject({ chain: { block: { number: FIRST_HEAD + 1, finality: 'final' } } })
})

it('says that a server does not know, where it is graph-node that answers', async () => {
  const { ask } = toyGateway()
  const latest = await ask('{ tokens { id } }')
  expect(latest.extensions?.chain).not.toHaveProperty('block.finality')
  const { errors } = await ask('query @asOf(finality: SAFE) { tokens { id } }')
  expect(errors).toMatchObject([{ path: ['tokens'], originalError: { code: 'FINALITY_UNKNOWN' } }])
})
