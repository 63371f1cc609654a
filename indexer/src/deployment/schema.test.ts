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

it('lists what is wrong with types and fields at once, in the words of graph-node', () => {
  expect(
    problemsOf(`
      union Thing = A | B
      input Hint { x: Int }
      extend type B { more: Int }
      scalar BigInt
      type A { id: ID! }
      type A2 { id: ID! }
      type B @entity(immutable: "yes") { id: Float! x: Missing y: [[Int!]!]! }
      type C @entity { b: B bs: [B!]! @derivedFrom(field: "c") cs: Int @derivedFrom(field: 1) }
      type C_filter @entity { id: ID! }`),
  ).toEqual([
    '@entity directive missing on the following types: `A, A2`',
    'Field `bs` in type `C` has invalid @derivedFrom: field `c` does not exist on type `B`',
    'The following type names are reserved: `BigInt, C_filter`',
    'The `immutable` argument of the @entity directive must be a boolean',
    'Entity type B uses illegal type Float for id column',
    'Type C is missing an `id` field',
    'Type `B`, field `id`: type `Float` is not defined',
    'Type `B`, field `x`: type `Missing` is not defined',
  ])
})

it('takes what graph-node does not mind', () => {
  expect(
    problemsOf(`
      union Thing = A
      input Hint { x: Int }
      schema { query: A }
      extend type A { more: Int }
      type A @entity { id: ID lists: [[Int!]!]! same: [B!]! @derivedFrom(field: "id") sums: Sum }
      type B @entity { id: ID! causality_region: Int as: [A!]! @derivedFrom(field: "id") }
      type P @entity(timeseries: true) { id: Int8! timestamp: Timestamp! v: Int! }
      type Sum @aggregation(intervals: ["hour"], source: "P") { id: Int8! timestamp: Timestamp! v: Int! @aggregate(fn: "max", arg: "v") }`),
  ).toEqual([])
})

it.each([
  ['type Foo @entity { id: ID! } type foo @entity { id: ID! }', 'relation "foo" already exists'],
  ['type Row @entity { id: ID! fooBar: Int foo_bar: Int }', 'column "foo_bar" specified more than once'],
  ['type Row @entity { id: ID! id_: Int }', 'column "id" specified more than once'],
  ['type Row @entity { id: ID! vid: Int }', 'column "vid" specified more than once'],
  ['type Row @entity { id: ID! xmin: Int }', 'column name "xmin" conflicts with a system column name'],
  ['type Row @entity { id: ID! _: Int }', 'zero-length delimited identifier at or near """"'],
  ['type _1 @entity { id: ID! }', 'trailing junk after numeric literal at or near "1_id_block_range_excl"'],
  ['enum Foo { A } type foo @entity { id: ID! }', 'type "foo" already exists'],
  [`enum Foo { ${'A'.repeat(64)} }`, `invalid enum label "${'A'.repeat(64)}"`],
  [`type ${'A'.repeat(62)} @entity { id: ID! }`, `relation "${'a'.repeat(62)}_" already exists`],
])('says what Postgres says to the tables that graph-node would make: %s', (schema, complaint) => {
  expect(problemsOf(schema)).toEqual([`store error: ${complaint}`])
})

it('takes an enum value that is there twice for one', () => {
  expect(parseSchema('enum A { B C B } type Row @entity { id: ID! a: A }').enums.get('A')?.values).toEqual(['B', 'C'])
})

it('wants an aggregation to have a timestamp', () => {
  expect(
    problemsOf(`
      type P @entity(timeseries: true) { id: Int8! timestamp: Timestamp! v: Int! }
      type S @aggregation(intervals: ["hour"], source: "P") { id: Int8! v: Int! @aggregate(fn: "max", arg: "v") }`),
  ).toEqual(['Timeseries S is missing a `timestamp` field'])
})

it('tells where a document is not GraphQL', () => {
  expect(problemsOf('type Row @entity { id: ID! } query { rows { id } }')).toEqual([
    expect.stringContaining('Syntax Error'),
  ])
  expect(problemsOf('type Token @entity { id: }')).toEqual([expect.stringContaining('Syntax Error')])
})

it('wants every implementation to have the fields and the one kind of id of its interface', () => {
  expect(
    problemsOf(`
      interface Named { name: String! }
      type A implements Named @entity { id: ID! name: String! }
      type B implements Named @entity { id: Bytes! name: String! }`),
  ).toEqual([
    'Implementors of interface `Named` use different id types `String, Bytes`. They must all use the same type',
  ])
  expect(
    problemsOf(`
      interface Named { name: String! }
      type A implements Named @entity { id: ID! name: String! }
      type B implements Named @entity { id: Bytes! name: String }`),
  ).toEqual([
    'Entity type `B` does not satisfy interface `Named` because it is missing the following fields: name: String!',
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

it('asks no interface whether what it derives leads back: the types that have it do', () => {
  const schema = (protocol: string) => `
    interface Protocol { id: ID! days: [Day!]! @derivedFrom(field: "protocol") }
    type Lending implements Protocol @entity { id: ID! days: [Day!]! @derivedFrom(field: "protocol") }
    type Day @entity { id: ID! protocol: ${protocol}! }`

  expect(problemsOf(schema('Lending'))).toEqual([])
  expect(problemsOf(schema('Protocol'))).toEqual([])
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
    'Timeseries `Tick` must have an `id` field of type `Int8`',
    'The type of the `id` field for aggregation Stats must be Bytes, the same as in the source, but is Int8',
    'Aggregation Stats uses Tick as the source, but that does not have a field symbol',
    'Field a in aggregation Stats has `arg` price of type BigDecimal but it is of the wider type Int in the source',
    'Field b in aggregation Stats uses the unknown aggregation function `median`',
    'Function sqrt is not supported',
    'Field e in aggregation Stats has `arg` weight but the source type does not have such a field',
    'Aggregation Stats: the interval minute is not supported',
  ])
})

it('wants searches to say all that they need', () => {
  const search = (args: string) =>
    problemsOf(`type _Schema_ @fulltext(${args}) type Book @entity { id: ID! title: String! year: Int }`)
  const rest = 'language: en, algorithm: rank, include: [{ entity: "Book", fields: [{ name: "title" }] }]'
  expect(search(`name: "find", ${rest}`)).toEqual([])
  expect(search('name: find, language: "en", algorithm: best, include: []')).toEqual([
    'Fulltext directive name undefined',
    'Fulltext language is undefined',
    'Fulltext algorithm is invalid: best',
    "Fulltext directive requires an 'include' list",
  ])
  expect(search(`name: "title", ${rest.replace('title', 'year')}`)).toEqual([
    'Fulltext directive name overlaps with an existing entity field or a top-level query field: title',
    'Fulltext entity field, year, not found or not a string',
  ])
  expect(search(`name: "a b", ${rest}`)).toEqual([
    'invalid identifier: the name `a b` can not be used for a attribute; it can only contain alphanumeric characters and `_`',
  ])
})
