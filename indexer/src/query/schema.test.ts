import { buildSchema } from 'graphql'
import { describe, expect, it } from 'vitest'
import { aDeployment } from '../../test/deployment.ts'
import { planQuery } from './plan.ts'
import { apiSchema, apiSchemaSdl } from './schema.ts'

const text = `
  "How a thing looks"
  enum Color { red green }
  interface Named { id: Bytes!  name: String! }
  "A thing"
  type Thing implements Named @entity(immutable: false) {
    id: Bytes!
    """
    What it is called

    By most
    """
    name: String!
    color: Color!
    owner: Owner!
    parts: [Thing!]
    usedIn: [Thing!]! @derivedFrom(field: "parts")
  }
  type Owner @entity(immutable: false) { id: Int8!  tags: [String!]!  counts: [Int!]  thing: Thing @derivedFrom(field: "owner") }
  type News @entity(immutable: true) { id: ID!  owner: Owner! }
  type Point @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  owner: Owner!  price: BigInt! }
  type Stats @aggregation(intervals: ["day"], source: "Point") {
    id: Int8!  timestamp: Timestamp!  owner: Owner!  sum: BigInt! @aggregate(fn: "sum", arg: "price")
  }
`
const sdl = apiSchemaSdl(text)
const definition = (head: string) => {
  const from = sdl.indexOf(`${head} {`)
  return sdl.slice(from, sdl.indexOf('\n}', from) + 2)
}
const names = (block: string) => [...block.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name)

it('is valid GraphQL for anyone', () => {
  expect(() => buildSchema(sdl)).not.toThrow()
})

it('has two fields for each type, entities first, one for each aggregation, then its own', () => {
  expect(Object.keys(apiSchema(aDeployment(text).schema).graphql.getQueryType()?.getFields() ?? {})).toEqual(
    'thing things owner owners news news_collection point points named nameds stats_collection _meta _logs'.split(' '),
  )
})

it('has them in the order in which their names come up, be it as that of a field', () => {
  const { schema } = aDeployment(`
    type One @entity(immutable: true) { id: ID!  Three: Int }
    type Two @entity(immutable: true) { id: ID! }
    type Three @entity(immutable: true) { id: ID! }`)

  expect(Object.keys(apiSchema(schema).graphql.getQueryType()?.getFields() ?? {})).toEqual(
    'one ones three threes two twos _meta _logs'.split(' '),
  )
})

it('keeps types, their interfaces and what is said about them', () => {
  expect(definition('type Thing implements Named')).toMatchInlineSnapshot(`
    "type Thing implements Named {
      id: Bytes!
      """
      What it is called

      By most
      """
      name: String!
      color: Color!
      owner: Owner!
      parts(skip: Int = 0, first: Int = 100, orderBy: Thing_orderBy, orderDirection: OrderDirection, where: Thing_filter): [Thing!]
      usedIn(skip: Int = 0, first: Int = 100, orderBy: Thing_orderBy, orderDirection: OrderDirection, where: Thing_filter): [Thing!]!
    }"
  `)
  expect(sdl).toContain('"""How a thing looks"""\nenum Color {\n  red\n  green\n}')
})

describe('what can be ordered by', () => {
  it('is every field, and the scalars behind single references', () => {
    expect(names(definition('enum Thing_orderBy'))).toEqual('id name color owner owner__id parts usedIn'.split(' '))
    expect(names(definition('enum Owner_orderBy'))).toEqual(
      'id tags counts thing thing__id thing__name thing__color'.split(' '),
    )
  })
})

describe('what can be filtered by', () => {
  it('goes by the type of a field', () => {
    expect(definition('input Owner_filter')).toMatchInlineSnapshot(`
      "input Owner_filter {
        id: Int8
        id_not: Int8
        id_gt: Int8
        id_lt: Int8
        id_gte: Int8
        id_lte: Int8
        id_in: [Int8!]
        id_not_in: [Int8!]
        tags: [String!]
        tags_not: [String!]
        tags_contains: [String!]
        tags_contains_nocase: [String!]
        tags_not_contains: [String!]
        tags_not_contains_nocase: [String!]
        counts: [Int!]
        counts_not: [Int!]
        counts_contains: [Int!]
        counts_not_contains: [Int!]
        thing_: Thing_filter
        "Filter for the block changed event."
        _change_block: BlockChangedFilter
        and: [Owner_filter]
        or: [Owner_filter]
      }"
    `)
    const thing = definition('input Thing_filter')
    expect(thing).toContain('owner: Int\n')
    expect(thing).toContain('name_not_starts_with_nocase: String\n')
    expect(thing).toContain('id_not_contains: Bytes\n')
    expect(thing).toContain('color_not_in: [Color!]\n')
    expect(thing).toContain('parts: [String!]\n')
  })

  it('is only time, id and dimensions for an aggregation', () => {
    expect(names(definition('input Stats_filter')).join(' ')).toBe(
      'id id_gt id_lt id_gte id_lte id_in timestamp timestamp_gt timestamp_lt timestamp_gte timestamp_lte timestamp_in owner owner_ _change_block and or',
    )
  })
})

it('can be asked where a type has the name of what every schema has', () => {
  for (const name of ['OrderDirection', '_SubgraphErrorPolicy_', '_Block_', '_Meta_', 'Block_height']) {
    const own = `type ${name} @entity(immutable: false) { id: ID! n: Int } type Row @entity(immutable: false) { id: ID! other: ${name} }`
    const plan = planQuery({ query: '{ rows { id other { n } } }' }, apiSchema(aDeployment(own).schema))
    expect(plan.roots.map(({ kind }) => kind)).toEqual(['entities'])
  }
})
