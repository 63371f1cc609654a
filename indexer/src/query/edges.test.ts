import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'

/** What random schemas, rows and queries brought to light, beside graph-node. */

let index: ScratchIndex
beforeAll(async () => {
  index = await scratchIndex(
    `
    type _Schema_ @fulltext(name: "fishSearch", language: en, algorithm: rank, include: [{ entity: "Fish", fields: [{ name: "name" }] }])
    type Fish @entity(immutable: false) { id: ID!  name: String  pond_: Pond  home: Place  lake: Pond  ponds: [Pond!]  sight: Sight }
    interface Place { id: ID!  name: String  pond: Pond }
    interface Sight { id: Bytes! }
    interface Kept { id: Bytes!  keeper: Warden }
    type Warden @entity(immutable: false) { id: ID!  pond: Pond }
    type Pond implements Kept @entity(immutable: false) { id: Bytes!  depth: Int  keeper: Warden @derivedFrom(field: "pond") }
    type Catch @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  weight: BigDecimal! }
    type Day @aggregation(intervals: ["hour"], source: "Catch") {
      id: Int8!
      timestamp: Timestamp!
      total: BigDecimal! @aggregate(fn: "sum", arg: "weight")
    }
  `,
    {
      number: 1,
      write: { Fish: [{ id: 'a', name: 'é', pond_: '0x01' }, { id: 'b' }], Pond: [{ id: '0x01', depth: 3 }] },
    },
    {
      number: 2,
      write: {
        Catch: [
          { id: '1', timestamp: '0', weight: '1' },
          { id: '2', timestamp: '1', weight: '0.1' },
          { id: '3', timestamp: '2', weight: '-1e-100' },
        ],
      },
    },
  )
})
afterAll(() => index[Symbol.asyncDispose]())

it('lets Postgres refuse a NUL, as an id and in a filter', async () => {
  const refusal = ['Failed to get entities from store: invalid byte sequence for encoding "UTF8": 0x00']
  expect(await index.complain('{ fish(id: "a\\u0000") { id } }')).toEqual(refusal)
  expect(await index.complain('{ fishes(where: { name_not: "a\\u0000" }) { id } }')).toEqual(refusal)
  expect(await index.complain('{ fishes(where: { id_in: ["b", "\\u0000"] }) { id } }')).toEqual(refusal)
})

it('names a byte that is no hex digit by the character of its number', async () => {
  const refusal = (letter: string) => [`Store error: store error: Invalid character '${letter}' at position 0`]
  expect(await index.complain('{ pond(id: "😀") { id } }')).toEqual(refusal('ð'))
  expect(await index.complain('{ pond(id: "İ") { id } }')).toEqual(refusal('Ä'))
  expect(await index.complain(`{ pond(id: "x'") { id } }`)).toEqual(refusal('x'))
  expect(await index.complain(`{ pond(id: "'x") { id } }`)).toEqual(refusal("\\'"))
})

it('prints letters that do not stand alone by their number', async () => {
  expect(await index.complain('{ fishes(where: { nope: "e\u0301 \u{10ffff}ñ" }) { id } }')).toEqual([
    'Invalid value provided for argument `where`: Object({"nope": String("e\\u{301} \\u{10ffff}ñ")})',
  ])
})

it('tells what a reference to bytes cannot be asked before it reads the id', async () => {
  expect(await index.complain('{ fishes(where: { lake_contains_nocase: "A" }) { id } }')).toEqual([
    'Store error: unsupported filter `contains_nocase` for value `A`',
  ])
  expect(await index.complain('{ fishes(where: { lake_starts_with: "r" }) { id } }')).toEqual([
    'Failed to get entities from store: operator does not exist: bytea ~~ text',
  ])
})

it('has no words for a filter of what a field leads to if its name ends in a blank', async () => {
  expect(await index.complain('{ fishes(where: { pond__: { depth: 3 } }) { id } }')).toEqual([
    'Filter must by an object',
  ])
})

it('does not find what has no text, not even by what is to be absent', async () => {
  expect(await index.ask('{ fishSearch(text: "!carp") { id } }')).toEqual({ data: { fishSearch: [{ id: 'a' }] } })
})

it('looks for a reference before the first two blanks of an order', async () => {
  expect(await index.complain('{ fishes(orderBy: pond___depth) { id } }')).toEqual([
    'Entity `Fish` has no attribute `pond`',
  ])
})

it('does not order by an interface that nothing implements', async () => {
  expect(await index.complain('{ fishes(orderBy: home__name) { id } }')).toEqual([
    'internal error: Cannot order by child interface with no implementing entity types',
  ])
})

it('finds nothing wrong with what is asked of an interface that nothing implements', async () => {
  const none = { data: { fishes: [] } }
  expect(await index.ask('{ fishes(where: { home_: { pond_starts_with: "" } }) { id } }')).toEqual(none)
  expect(await index.ask('{ fishes(where: { home_: { name_gt: null, pond_: { depth: 3 } } }) { id } }')).toEqual(none)
})

it('takes the ids of an interface that nothing implements for texts', async () => {
  expect(await index.ask('{ fishes(where: { sight_starts_with: "no hex" }) { id } }')).toEqual({ data: { fishes: [] } })
})

it('misses the column of a field that one type of an interface derives', async () => {
  const refusal = ["Store error: table 'pond' does not have a field 'keeper'"]
  expect(await index.complain('{ kepts(where: { keeper: "w" }) { id } }')).toEqual(refusal)
  expect(await index.complain('{ kepts(where: { keeper_: { id: "w" } }) { id } }')).toEqual(refusal)
})

it('lists no possible types of an interface that nothing implements', async () => {
  const { data } = await index.ask('{ __type(name: "Place") { possibleTypes { name } } }')
  expect(data).toEqual({ __type: { possibleTypes: null } })
})

it('rounds what Postgres added up to the digits of a decimal', async () => {
  const { data } = await index.ask('{ days(interval: hour, current: include) { total } }')
  expect(data).toEqual({ days: [{ total: '1.1' }] })
})

it('finds what is wrong with the words of a search after many that were right, where nothing has a text, too', async () => {
  await using own = await scratchIndex(
    `type _Schema_ @fulltext(name: "find", language: en, algorithm: rank, include: [{ entity: "Row", fields: [{ name: "text" }] }])
    type Row @entity(immutable: false) { id: ID!  text: String }`,
    { number: 5, write: { Row: [{ id: 'a' }] } },
  )
  for (let times = 0; times < 12; times++)
    expect(await own.ask(`{ find(text: "fox${times}") { id } }`)).toEqual({ data: { find: [] } })
  expect(await own.complain('{ find(text: "\'") { id } }')).toEqual([
    `Invalid fulltext search query syntax. Error: syntax error in tsquery: "'". Hint: Search terms with spaces need to be enclosed in single quotes`,
  ])
})
