import { buildSchema, execute, extendSchema, type GraphQLSchema, isObjectType, parse } from 'graphql'
import { expect, it } from 'vitest'
import { random } from '../../test/operations.ts'
import { readPage } from '../page.ts'
import { createExecutor } from './execute.ts'
import type { ChainOperation } from './operation.ts'
import { parseChainSchema } from './schema.ts'
import type { UpstreamRequest } from './upstream.ts'

const sdl = /* GraphQL */ `
  scalar Bytes
  input Block_height { hash: Bytes, number: Int }
  input Work_filter { maker_in: [String!] }
  type _Block_ { hash: Bytes, number: Int!, timestamp: Int }
  type _Meta_ { block: _Block_! }
  type Maker { id: ID! }
  type Work { id: ID!, maker: Maker!, copies(first: Int = 100, skip: Int = 0): [Work!]! }
  type Query {
    works(first: Int = 100, skip: Int = 0, where: Work_filter, block: Block_height): [Work!]!
    _meta(block: Block_height): _Meta_
  }
`
const peopleSdl = 'type Person { works(first: Int, skip: Int): [Work!] } extend type Query { people: [Person!] }'

type Args = {
  readonly first?: number
  readonly skip?: number
  readonly where?: { readonly maker_in: readonly string[] }
}

/** @param works - how many each maker has made; @param people - the makers that each person is */
function workshop(works: Readonly<Record<string, number>>, people: readonly (readonly string[])[]) {
  const all = Object.entries(works)
    .flatMap(([maker, count]) =>
      Array.from({ length: count }, (_, n) => ({ id: `${scatter(n)}-${maker}`, maker: { id: maker } })),
    )
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  const chain = buildSchema(sdl)
  const sent: UpstreamRequest[] = []
  const rootValue = {
    _meta: { block: { number: 1, hash: '0x01', timestamp: 1 } },
    works: ({ first = 100, skip = 0, where }: Args) => {
      if (first > 1000) throw new Error(`The \`first\` argument must be between 0 and 1000, but is ${first}`)
      return all.filter(({ maker }) => where?.maker_in.includes(maker.id) ?? true).slice(skip, skip + first)
    },
  }
  const chainSchema = parseChainSchema(sdl)
  const schema = withPeople(extendSchema(chainSchema, parse(peopleSdl)), people)
  const run = createExecutor({
    chainSchema,
    timeoutMs: 10_000,
    upstream: async (request) => {
      sent.push(request)
      const { document, variables } = request
      const { data, errors } = await execute({
        schema: chain,
        document: parse(document),
        variableValues: variables,
        rootValue,
      })
      return errors
        ? { errors: errors.map(({ message }) => ({ message })) }
        : { data: JSON.parse(JSON.stringify(data)) }
    },
  })
  return {
    sent,
    ask: async (source: string, variableValues = {}) => {
      const { data, errors } = await run({ schema, document: parse(source), variableValues })
      return { data: JSON.parse(JSON.stringify(data)), errors }
    },
    truth: (first: number, skip: number) => ({
      people: people.map((makers) => ({
        works: makers
          .flatMap((maker) => all.filter((work) => work.maker.id === maker))
          .slice(skip, skip + first)
          .map(({ id }) => ({ id })),
      })),
    }),
  }
}

/** So that the works of different makers come mixed. */
const scatter = (n: number) => ((n * 7919) % 100_003).toString().padStart(6, '0')

function withPeople(schema: GraphQLSchema, people: readonly (readonly string[])[]): GraphQLSchema {
  const [query, person] = [schema.getQueryType(), schema.getType('Person')]
  const [list, works] = [query?.getFields().people, isObjectType(person) ? person.getFields().works : undefined]
  if (list && works) {
    list.resolve = () => people.map((keys) => ({ keys }))
    works.resolve = ({ keys }, args, context: { chain: ChainOperation }, info) =>
      context.chain.cross({ crossing: { query: 'works', by: 'maker' }, keys, page: readPage(args), context, info })
  }
  return schema
}

const query = 'query ($first: Int!, $skip: Int!) { people { works(first: $first, skip: $skip) { id } } }'

it('leaves out none of what many keys share, in two documents at one block', async () => {
  const { ask, truth, sent } = workshop({ ada: 1_700, bea: 30, cleo: 900, dot: 0 }, [['ada'], ['bea', 'cleo'], ['dot']])

  const { data, errors } = await ask(query, { first: 1_000, skip: 650 })

  expect(errors).toBeUndefined()
  expect(data).toEqual(truth(1_000, 650))
  expect(sent).toHaveLength(2)
  expect(sent[1]?.variables).toMatchObject({ _k_block: { hash: '0x01' } })
})

it('asks once where all of it fits into one answer', async () => {
  const { ask, truth, sent } = workshop({ ada: 400, bea: 599 }, [['ada'], ['bea']])

  expect((await ask(query, { first: 1_000, skip: 0 })).data).toEqual(truth(1_000, 0))
  expect(sent).toHaveLength(1)
})

it('asks again only for those keys of which somebody wants more', async () => {
  const { ask, truth, sent } = workshop({ ada: 3_000, bea: 3 }, [['ada'], ['bea']])

  expect((await ask(query, { first: 5, skip: 0 })).data).toEqual(truth(5, 0))
  expect(sent[1]?.variables).toMatchObject({ _k_1_keys: ['bea'] })
  expect(sent[1]?.document).not.toContain('_k_2')
})

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'gives what one list of everything would give, in two documents at most (%i)',
  async (seed) => {
    const next = random(seed + Number(process.env.HEDDLE_TEST_SEED ?? 0))
    const below = (limit: number) => Math.floor(next() * limit)
    const makers = Array.from({ length: 1 + below(6) }, (_, n) => `m${n}`)
    const works = Object.fromEntries(makers.map((maker) => [maker, next() < 0.3 ? below(3) : below(1_800)]))
    const people = Array.from({ length: 1 + below(4) }, () => makers.filter(() => next() < 0.6))
    const { ask, truth, sent } = workshop(works, people)
    const [first, skip] = [1 + below(1_000), next() < 0.5 ? 0 : below(2_500)]

    const { data, errors } = await ask(query, { first, skip })

    expect(errors).toBeUndefined()
    expect(data).toEqual(truth(first, skip))
    expect(sent.length).toBeLessThanOrEqual(2)
  },
)

it('says so where it would have to ask for too much', async () => {
  const makers = Array.from({ length: 11 }, (_, n) => `m${n}`)
  const { ask, sent } = workshop(Object.fromEntries(makers.map((maker) => [maker, 100])), [makers])

  const { data, errors } = await ask(query, { first: 1, skip: 100_000 })

  expect(data).toEqual({ people: [{ works: null }] })
  expect(errors?.map(({ originalError }) => Object(originalError).code)).toEqual(['QUERY_TOO_EXPENSIVE'])
  expect(sent).toHaveLength(1)
})

it('refuses what lists below ask for too much, before anybody is asked', async () => {
  const { ask, sent } = workshop({ ada: 1 }, [['ada']])

  const { errors } = await ask('{ people { works { copies(first: 1001) { id } } } }')

  expect(errors?.map(({ path, message }) => [path, message])).toEqual([
    [['people', 0, 'works'], 'The `first` argument of works.copies must be between 1 and 1000, but is 1001'],
  ])
  expect(sent).toEqual([])
})
