import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { InvalidDeploymentError } from '../errors.ts'
import { parseSchema } from './schema.ts'

function problemsOf(sdl: string): readonly string[] {
  try {
    parseSchema(sdl)
    return []
  } catch (error) {
    if (error instanceof InvalidDeploymentError) return error.facts.problems
    throw error
  }
}

it('reads entities with their ids, flags and fields in schema order', () => {
  const { entities } = parseSchema(`
    "What one can own"
    type Token @entity(immutable: false) { id: Bytes! "who" owner: Account! tags: [String!]! log: [Move!]! @derivedFrom(field: "token") }
    type Account @entity { id: ID! }
    type Move @entity(immutable: true, skipDuplicates: true) { id: Int8! token: Token! }`)
  expect([...entities.keys()]).toEqual(['Token', 'Account', 'Move'])
  expect(entities.get('Token')).toEqual({
    kind: 'entity',
    name: 'Token',
    description: 'What one can own',
    idType: 'Bytes',
    isImmutable: false,
    isTimeseries: false,
    skipDuplicates: false,
    interfaces: [],
    fields: [
      { name: 'id', type: { kind: 'scalar', name: 'Bytes' }, isList: false, isNonNull: true, isElementNonNull: false },
      {
        name: 'owner',
        description: 'who',
        type: { kind: 'reference', name: 'Account', idType: 'String' },
        isList: false,
        isNonNull: true,
        isElementNonNull: false,
      },
      { name: 'tags', type: { kind: 'scalar', name: 'String' }, isList: true, isNonNull: true, isElementNonNull: true },
      {
        name: 'log',
        type: { kind: 'reference', name: 'Move', idType: 'Int8' },
        isList: true,
        isNonNull: true,
        isElementNonNull: true,
        derivedFrom: 'token',
      },
    ],
  })
  expect(entities.get('Move')).toMatchObject({ isImmutable: true, skipDuplicates: true, idType: 'Int8' })
})

it('reads interfaces with what implements them, and enums', () => {
  const schema = parseSchema(`
    enum Color { RED BLUE }
    interface Labelled { id: ID! label: String! maker: Maker }
    type Maker @entity { id: ID! made: [Labelled!]! @derivedFrom(field: "maker") best: Labelled }
    type Cup implements Labelled @entity { id: ID! label: String! maker: Maker color: Color }
    type Bowl implements Labelled @entity(immutable: true) { id: ID! label: String! maker: Maker }`)
  expect(schema.interfaces.get('Labelled')).toMatchObject({ idType: 'String', implementations: ['Cup', 'Bowl'] })
  expect(schema.enums.get('Color')?.values).toEqual(['RED', 'BLUE'])
  expect(schema.entities.get('Cup')?.fields.at(-1)?.type).toEqual({ kind: 'enum', name: 'Color' })
})

it('reads timeseries and their aggregations', () => {
  const schema = parseSchema(`
    type Tick @entity(timeseries: true) { id: Int8! timestamp: Timestamp! symbol: Symbol! price: BigDecimal! amount: BigInt! }
    type Symbol @entity { id: ID! }
    type Stats @aggregation(intervals: ["day", "hour"], source: "Tick") {
      id: Int8! timestamp: Timestamp! symbol: Symbol!
      turnover: BigDecimal! @aggregate(fn: "sum", arg: "price * amount")
      best: BigDecimal! @aggregate(fn: "max", arg: "greatest(price, 2) - least(amount, 3)")
      all: Int8! @aggregate(fn: "count", cumulative: true)
    }`)
  expect(schema.entities.get('Tick')).toMatchObject({ isTimeseries: true, isImmutable: true })
  expect(schema.aggregations.get('Stats')).toMatchObject({
    intervals: ['hour', 'day'],
    source: 'Tick',
    dimensions: ['symbol'],
    aggregates: [
      { field: 'turnover', fn: 'sum', arg: 'price * amount', isCumulative: false },
      { field: 'best', fn: 'max', arg: 'greatest(price, 2) - least(amount, 3)', isCumulative: false },
      { field: 'all', fn: 'count', isCumulative: true },
    ],
  })
})

it('keeps full-text searches apart from the types', () => {
  const schema = parseSchema(`
    type _Schema_ @fulltext(name: "bookSearch", language: en, algorithm: rank, include: [{ entity: "Book", fields: [{ name: "title" }] }])
    type Book @entity { id: ID! title: String! }`)
  expect([...schema.entities.keys()]).toEqual(['Book'])
  expect(schema.fulltext).toEqual([
    { name: 'bookSearch', language: 'en', algorithm: 'rank', entity: 'Book', fields: ['title'] },
  ])
})

it('accepts the schema of the example subgraph', () => {
  const schema = parseSchema(readFileSync(new URL('../../../subgraph/schema.graphql', import.meta.url), 'utf8'))
  expect(schema.entities.size).toBeGreaterThan(8)
})

it('lists every problem at once', () => {
  expect(
    problemsOf(`
      union Thing = A | B
      type A { id: ID! }
      type B implements Nope @entity { id: Float! x: Missing y: [[Int!]!]! ownerId: Int owner_id: Int vid: Int }
      type C @entity { b: B bs: [B!]! @derivedFrom(field: "c") }
      type C_filter @entity { id: ID! }`),
  ).toEqual([
    'A schema cannot hold the union "Thing"',
    '@entity directive missing on the following types: `A`',
    'The following type names are reserved: `C_filter`',
    'Entity type B uses illegal type Float for id column',
    'Type `B` cannot have a field `vid`: its column belongs to the indexer',
    'Fields `ownerId` and `owner_id` of type `B` would share the column `owner_id`',
    'Type `B`, field `id`: type `Float` is not defined',
    'Type `B`, field `x`: type `Missing` is not defined',
    'Type `B`, field `y`: lists of lists are not supported',
    'Interface `Nope` not defined',
    'Type C is missing an `id` field',
    'Field `bs` in type `C` has invalid @derivedFrom: field `c` does not exist on type `B`',
  ])
})

it('tells where a document is not GraphQL', () => {
  expect(problemsOf('type Token @entity { id: }')).toEqual([expect.stringContaining('Syntax Error')])
})

it('wants every implementation to have the fields and the one kind of id of its interface', () => {
  expect(
    problemsOf(`
      interface Named { name: String! }
      type A implements Named @entity { id: ID! name: String! }
      type B implements Named @entity { id: Bytes! name: String }`),
  ).toEqual([
    'Entity type `B` does not satisfy interface `Named` because it is missing the following fields: name: String!',
    'Implementations of `Named` must share one type of id, but A has String, B has Bytes',
  ])
})

it('lets a type have only the very fields of its interface, and derive only what refers to itself', () => {
  const stricter = 'interface Named { id: ID! name: String } type A implements Named @entity { id: ID! name: String! }'
  expect(problemsOf(stricter)).toEqual([
    'Entity type `A` does not satisfy interface `Named` because it is missing the following fields: name: String',
  ])
  const schema = (shared: string) => `
    interface Pet { id: ID! ${shared} }
    type Cat implements Pet @entity { id: ID! owners: [Owner!]! @derivedFrom(field: "pet") }
    type Owner @entity { id: ID! pet: Pet }`
  expect(problemsOf(schema('owners: [Owner!]! @derivedFrom(field: "pet")'))).toEqual([])
  expect(problemsOf(schema(''))).toEqual([
    'Field `owners` in type `Cat` has invalid @derivedFrom: field `pet` on type `Owner` must have one of the following types: Cat, Cat!, [Cat!], [Cat!]!',
  ])
})

it('wants timeseries and aggregations to fit each other', () => {
  expect(
    problemsOf(`
      type Tick @entity(timeseries: true) { id: Bytes! price: BigDecimal! }
      type Stats @aggregation(intervals: ["minute"], source: "Tick") {
        id: Int8! timestamp: Timestamp! symbol: String!
        a: Int! @aggregate(fn: "sum", arg: "price")
        b: BigDecimal! @aggregate(fn: "median", arg: "price")
        c: BigDecimal! @aggregate(fn: "sum", arg: "sqrt(price)")
        d: BigDecimal! @aggregate(fn: "sum", arg: "price); drop table x; --")
        e: BigDecimal! @aggregate(fn: "sum", arg: "weight")
      }`),
  ).toEqual([
    'Timeseries Tick must have an `id` of type Int8!',
    'Timeseries Tick is missing a `timestamp` field',
    'Aggregation Stats: `intervals` must be a list of "hour" and "day"',
    'Aggregation Stats: `symbol` is neither an aggregate nor a dimension (a field of Tick with the same type)',
    'Aggregation Stats, field `a`: Int is too narrow for `price`',
    'Aggregation Stats, field `b`: unknown aggregate function `median`',
    "Aggregation Stats, field `c`: Expressions can't us the function sqrt",
    'Aggregation Stats, field `d`: the parentheses of `price); drop table x; --` do not match',
    'Aggregation Stats, field `e`: `weight` is not a field that can be aggregated',
  ])
})
