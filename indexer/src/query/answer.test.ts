import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBlockLink } from '../../test/deployment.ts'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'
import { sql } from '../store/sql.ts'
import { answer, queryable } from './answer.ts'

const schemaText = `
  enum Mood { happy angry calm }
  interface Animal { id: ID!  name: String!  owner: Person }
  type Person @entity(immutable: false) {
    id: Bytes!
    name: String!
    nick: String
    age: Int!
    size: Int8
    wealth: BigInt!
    rate: BigDecimal
    born: Timestamp!
    isNew: Boolean
    mood: Mood!
    tags: [String!]!
    keys: [Bytes!]
    rates: [BigDecimal!]
    times: [Timestamp!]
    moods: [Mood!]
    home: City
    birthplace: City!
    friends: [Person!]
    befriendedBy: [Person!]! @derivedFrom(field: "friends")
    pets: [Animal!]! @derivedFrom(field: "owner")
    tickets: [Ticket!]! @derivedFrom(field: "holder")
    passport: Passport @derivedFrom(field: "holder")
  }
  type City @entity(immutable: false) { id: ID!  name: String!  people: [Person!]! @derivedFrom(field: "home") }
  type Cat implements Animal @entity(immutable: false) { id: ID!  name: String!  owner: Person  lives: Int! }
  type Dog implements Animal @entity(immutable: false) { id: ID!  name: String!  owner: Person  tricks: [String!]! }
  type Ticket @entity(immutable: true) { id: Int8!  holder: Person!  row: Int! }
  type Passport @entity(immutable: false) { id: ID!  holder: Person!  country: String! }
`

const ada = {
  id: '0x01',
  name: 'Ada "the" Countess\n',
  nick: null,
  age: 36,
  size: '9007199254740993',
  wealth: '100000000000000000000000000000',
  rate: '1.500',
  born: '1700000000000001',
  isNew: true,
  mood: 'calm',
  tags: ['b', 'a', 'b'],
  keys: ['0x00ff', '0x'],
  rates: ['0.10', '-2'],
  times: ['-2000000', '1700000000000000'],
  moods: ['happy', 'angry'],
  home: 'london',
  birthplace: 'london',
  friends: ['0x03', '0x02', '0x02', '0x99'],
}
const bob = {
  id: '0x02',
  name: 'Bob',
  nick: 'b%b',
  age: 20,
  wealth: '-1',
  born: '0',
  mood: 'happy',
  tags: [],
  home: 'paris',
  birthplace: 'paris',
}
const eve = {
  ...bob,
  id: '0x03',
  name: 'eve',
  nick: 'Evil_Eve',
  age: 20,
  wealth: '7',
  mood: 'angry',
  home: null,
  isNew: false,
}

let index: ScratchIndex
beforeAll(async () => {
  index = await scratchIndex(
    schemaText,
    {
      number: 5,
      write: {
        City: [
          { id: 'london', name: 'London' },
          { id: 'paris', name: 'Paris' },
        ],
        Person: [ada, { ...bob, age: 10 }, eve],
      },
    },
    {
      number: 7,
      write: {
        Person: [bob],
        Cat: [
          { id: 'a1', name: 'Tom', owner: '0x01', lives: 9 },
          { id: 'a3', name: 'Kit', owner: '0x01', lives: 1 },
        ],
        Dog: [{ id: 'a2', name: 'Rex', owner: '0x01', tricks: ['sit'] }],
        Ticket: [1, 2, 3].map((row) => ({ id: row, holder: row === 3 ? '0x02' : '0x01', row })),
        Passport: [{ id: 'uk', holder: '0x01', country: 'UK' }],
      },
    },
    { number: 9, remove: { Dog: ['a2'] } },
  )
})
afterAll(() => index[Symbol.asyncDispose]())

describe('values', () => {
  it('tells a list that was never set from an empty one, whatever it is a list of', async () => {
    const { data } = await index.ask('{ person(id: "0x02") { tags keys rates times moods } }')
    expect(data).toEqual({ person: { tags: [], keys: null, rates: null, times: null, moods: null } })
  })

  it('writes scalars as graph-node does: big numbers, times and Int8 as strings, bytes as hex, decimals without trailing zeros', async () => {
    const { data } = await index.ask(
      '{ person(id: "0x01") { __typename id name nick age size wealth rate born isNew mood tags keys rates times moods } }',
    )
    expect(data).toEqual({
      person: {
        __typename: 'Person',
        id: '0x01',
        name: 'Ada "the" Countess\n',
        nick: null,
        age: 36,
        size: '9007199254740993',
        wealth: '100000000000000000000000000000',
        rate: '1.5',
        born: '1700000000000001',
        isNew: true,
        mood: 'calm',
        tags: ['b', 'a', 'b'],
        keys: ['0x00ff', '0x'],
        rates: ['0.1', '-2'],
        times: ['-2000000', '1700000000000000'],
        moods: ['happy', 'angry'],
      },
    })
  })

  it('keeps the order of the query, aliases included', async () => {
    const { body } = await index.answer('{ b: cities(first: 1) { x: name id y: __typename } a: __typename }')
    expect(body).toBe('{"data":{"b":[{"x":"London","id":"london","y":"City"}],"a":"Query"}}')
  })
})

describe('relations', () => {
  it('leads both ways, limits lists for each parent, and gives null for what is missing', async () => {
    const { data } = await index.ask(
      '{ people: persons { id home { name } tickets(first: 1, orderBy: row, orderDirection: desc) { row } passport { country } } cities { people { id } } }',
    )
    expect(data).toEqual({
      people: [
        { id: '0x01', home: { name: 'London' }, tickets: [{ row: 2 }], passport: { country: 'UK' } },
        { id: '0x02', home: { name: 'Paris' }, tickets: [{ row: 3 }], passport: null },
        { id: '0x03', home: null, tickets: [], passport: null },
      ],
      cities: [{ people: [{ id: '0x01' }] }, { people: [{ id: '0x02' }] }],
    })
  })

  it('sorts a list of references by id and leaves out what is double or does not exist', async () => {
    const { data } = await index.ask('{ persons { friends { id } befriendedBy { id } } }')
    expect(data).toEqual({
      persons: [
        { friends: [{ id: '0x02' }, { id: '0x03' }], befriendedBy: [] },
        { friends: [], befriendedBy: [{ id: '0x01' }] },
        { friends: [], befriendedBy: [{ id: '0x01' }] },
      ],
    })
  })

  it('sorts an interface over all of its types', async () => {
    const { data } = await index.ask(
      '{ animals(orderBy: name, block: { number: 8 }) { __typename name ... on Cat { lives } ... on Dog { tricks } owner { id } } animal(id: "a3") { id } person(id: "0x01") { pets(first: 1, skip: 1) { id } } }',
    )
    expect(data).toEqual({
      animals: [
        { __typename: 'Cat', name: 'Kit', lives: 1, owner: { id: '0x01' } },
        { __typename: 'Dog', name: 'Rex', tricks: ['sit'], owner: { id: '0x01' } },
        { __typename: 'Cat', name: 'Tom', lives: 9, owner: { id: '0x01' } },
      ],
      animal: { id: 'a3' },
      person: { pets: [{ id: 'a3' }] },
    })
  })

  it('refuses the whole answer once for each row whose required reference leads nowhere', async () => {
    await using own = await scratchIndex(schemaText, {
      number: 1,
      write: {
        Ticket: [
          { id: 1, holder: '0x01', row: 1 },
          { id: 2, holder: '0x01', row: 2 },
        ],
      },
    })
    expect(await own.ask('{ tickets { holder { id } } cities { id } }')).toEqual({
      errors: [1, 2].map(() => ({
        message: 'Null value resolved for non-null field `holder`',
        locations: [{ line: 1, column: 13 }],
      })),
    })
  })

  it('says so when two entities claim to be the only one', async () => {
    await using own = await scratchIndex(schemaText, {
      number: 1,
      write: {
        City: [{ id: 'paris', name: 'Paris' }],
        Person: [bob],
        Passport: ['fr', 'be'].map((id) => ({ id, holder: '0x02', country: id })),
      },
    })
    expect(await own.complain('{ persons { passport { id } } }')).toEqual([
      'Ambiguous result for derived field `passport`: Multiple `Passport` entities refer back via `holder`',
    ])
  })
})

describe('filters', () => {
  const found = async (where: string) => {
    const { data, errors } = await index.ask(`{ persons(where: ${where}) { id } }`)
    return errors ?? (data as { persons: { id: string }[] }).persons.map(({ id }) => id)
  }

  it.each([
    ['{ name: "Bob" }', ['0x02']],
    ['{ nick: null }', ['0x01']],
    ['{ nick_not: "b%b" }', ['0x03']],
    ['{ age_gt: 20 }', ['0x01']],
    ['{ age_lte: 20, mood_in: [angry, calm] }', ['0x03']],
    ['{ wealth_lt: 0 }', ['0x02']],
    ['{ wealth_in: ["7", -1] }', ['0x02', '0x03']],
    ['{ wealth_not_in: ["7"] }', ['0x01', '0x02']],
    ['{ id_in: [] }', []],
    ['{ id_not_in: [] }', []],
    ['{ rate_gte: 1.5 }', ['0x01']],
    ['{ born: "1700000000000001" }', ['0x01']],
    ['{ born_lt: "-999999999999000000" }', []],
    ['{ size: "9007199254740993" }', ['0x01']],
    ['{ isNew_not: true }', ['0x03']],
    ['{ id: "01" }', ['0x01']],
    ['{ id_contains: "0x03" }', ['0x03']],
    ['{ nick_contains: "%" }', ['0x02', '0x03']],
    ['{ nick_contains: "l_E" }', ['0x03']],
    ['{ nick_contains_nocase: "EVIL" }', ['0x03']],
    ['{ nick_not_contains: "v" }', ['0x02']],
    ['{ name_starts_with: "e" }', ['0x03']],
    ['{ name_ends_with_nocase: "OB" }', ['0x02']],
    ['{ tags_contains: ["a"] }', ['0x01']],
    ['{ tags_not_contains: ["a"] }', ['0x02', '0x03']],
    ['{ tags: ["b", "a", "b"] }', ['0x01']],
    ['{ tags_contains_nocase: ["A"] }', ['0x01']],
    ['{ moods_contains: [angry] }', ['0x01']],
    ['{ keys_contains: ["0x00ff"] }', ['0x01']],
    ['{ home: "paris" }', ['0x02']],
    ['{ home_: { name: "London" } }', ['0x01']],
    ['{ friends_: { name: "eve" } }', ['0x01']],
    ['{ befriendedBy_: { age: 36 } }', ['0x02', '0x03']],
    ['{ pets_: { name: "Tom" } }', ['0x01']],
    ['{ tickets_: { or: [{ row: 3 }, { row: 4 }] } }', ['0x02']],
    ['{ home_: {} }', ['0x01', '0x02']],
    ['{ and: [{ age: 20 }, { mood: happy }] }', ['0x02']],
    ['{ or: [{ age: 36 }, { mood: angry }] }', ['0x01', '0x03']],
    ['{ and: [] }', ['0x01', '0x02', '0x03']],
    ['{ or: [] }', []],
    ['{ or: [{}, { id: "0x01" }] }', ['0x01', '0x02', '0x03']],
    ['{ _change_block: { number_gte: 7 } }', ['0x02']],
  ])('%s', async (where, ids) => {
    expect(await found(where)).toEqual(ids)
  })
})

describe('order and pages', () => {
  const ids = async (args: string) => {
    const { data } = await index.ask(`{ persons(${args}) { id } }`)
    return (data as { persons: { id: string }[] }).persons.map(({ id }) => id)
  }

  it.each([
    ['orderDirection: desc', ['0x01', '0x02', '0x03']],
    ['orderBy: id, orderDirection: desc', ['0x03', '0x02', '0x01']],
    ['orderBy: age', ['0x02', '0x03', '0x01']],
    ['orderBy: age, orderDirection: desc', ['0x01', '0x03', '0x02']],
    ['orderBy: nick', ['0x03', '0x02', '0x01']],
    ['orderBy: nick, orderDirection: desc', ['0x01', '0x02', '0x03']],
    ['orderBy: home__name, orderDirection: desc', ['0x03', '0x02', '0x01']],
    ['orderBy: passport__country', ['0x01', '0x02', '0x03']],
    ['first: 1, skip: 1', ['0x02']],
    ['first: null, skip: null, orderBy: null', ['0x01', '0x02', '0x03']],
  ])('%s', async (args, expected) => {
    expect(await ids(args)).toEqual(expected)
  })
})

describe('blocks', () => {
  it('answers as of a block, by number or hash, everything below included', async () => {
    const { hash } = aBlockLink(5)
    const { data } = await index.ask(
      `query ($at: Block_height) {
        old: person(id: "0x02", block: { number: 6 }) { age tickets { id } }
        byHash: person(id: "0x02", block: { hash: "${hash}" }) { age }
        later: person(id: "0x02", block: $at) { age }
        gone: dogs(block: { number: 8 }) { owner { id } }
        dogs { id }
      }`,
      { at: { number_gte: 9 } },
    )
    expect(data).toEqual({
      old: { age: 10, tickets: [] },
      byHash: { age: 10 },
      later: { age: 20 },
      gone: [{ owner: { id: '0x01' } }],
      dogs: [],
    })
  })

  it('tells of which block it is', async () => {
    const { number, hash, parentHash, timestamp } = aBlockLink(9)
    const { data } = await index.ask(
      '{ _meta { block { number hash parentHash timestamp } deployment hasIndexingErrors } at: _meta(block: { number: 6 }) { block { number hash } } }',
    )
    expect(data).toEqual({
      _meta: { block: { number, hash, parentHash, timestamp }, deployment: 'QmScratch', hasIndexingErrors: false },
      at: { block: { number: 6, hash: null } },
    })
    expect((await index.answer('{ cities { id } }')).indexed).toEqual(aBlockLink(9))
  })

  it.each([
    [
      '{ number: 10 }',
      '`block.number` value: `subgraph QmScratch has only indexed up to block number 9 and data for block number 10 is therefore not yet available`',
    ],
    [
      '{ number_gte: 10 }',
      '`block.number_gte` value: `subgraph QmScratch has only indexed up to block number 9 and data for block number 10 is therefore not yet available`',
    ],
    [
      '{ number: -1 }',
      '`block.number` value: `subgraph QmScratch only has data starting at block number 0 and data for block number -1 is therefore not available`',
    ],
    ['{ hash: "0x11" }', '`block.hash` value: `no block with that hash found`'],
  ])('has no answer for %s', async (block, reason) => {
    expect(await index.complain(`{ cities { id } persons(block: ${block}) { id } }`)).toEqual([
      `Failed to decode ${reason}`,
    ])
  })
})

describe('failed handlers', () => {
  it('holds data back from the failing block on, unless one may have it', async () => {
    await using own = await scratchIndex(schemaText, { number: 1, write: { City: [{ id: 'rome', name: 'Rome' }] } })
    await own.store.fail([{ message: 'no', handler: 'h', isDeterministic: true }], aBlockLink(2), aBlockLink(2))
    const error = { errors: [{ message: 'indexing_error' }] }
    expect(await own.ask('{ cities { id } }')).toEqual(error)
    expect(await own.ask('{ _meta(block: { number: 0 }) { hasIndexingErrors } }')).toEqual({
      data: { _meta: { hasIndexingErrors: false } },
    })
    expect(await own.ask('{ cities { id } _meta { hasIndexingErrors } }')).toEqual({
      data: { _meta: { hasIndexingErrors: true } },
      ...error,
    })
    expect(await own.ask('{ cities(subgraphError: allow) { id } }')).toEqual({
      data: { cities: [{ id: 'rome' }] },
      ...error,
    })
    // What cannot say that it may have it speaks against it.
    expect(await own.ask('{ __typename cities(subgraphError: allow) { id } }')).toEqual(error)
    expect(await own.ask('{ cities(subgraphError: allow) { id } _meta { hasIndexingErrors } }')).toEqual({
      data: { _meta: { hasIndexingErrors: true } },
      ...error,
    })
    expect(await own.ask('{ cities(block: { number: 1 }) { id } }')).toEqual({ data: { cities: [{ id: 'rome' }] } })
    expect(await own.ask('{ _meta { block { number } } }')).toEqual({ data: { _meta: { block: { number: 2 } } } })
  })
})

it('asks Postgres once, however many fields a query has', async () => {
  let count = 0
  const { postgres, store, queryable: own } = index
  const counting = {
    run: (...args: Parameters<typeof postgres.run>) => {
      count++
      return postgres.run(...args)
    },
  }
  const asked = queryable(own.deployment, own.schema, store.layout, counting)
  const query = `{ _meta { block { number } } cities { id people { pets { id } } } at: persons(block: { hash: "${aBlockLink(7).hash}" }) { id } }`
  const { body } = await answer({ query }, asked)
  expect(JSON.parse(body).data._meta.block.number).toBe(9)
  expect(count).toBe(1)
})

it('says that nothing is indexed yet rather than that there is nothing', async () => {
  await using own = await scratchIndex(schemaText)
  expect(await own.complain('{ cities { id } }')).toEqual([
    `Store error: query execution failed: Subgraph \`${own.queryable.deployment}\` has not started syncing yet. Wait for it to ingest a few blocks before querying it`,
  ])
})

it('turns what Postgres does not take into an error of the query', async () => {
  expect(await index.complain('{ cities(where: { name_ends_with: "\\\\" }) { id } }')).toEqual([
    'Failed to get entities from store: LIKE pattern must not end with escape character',
  ])
})

it('does not try such a pattern on versions that nobody asks for', async () => {
  await using own = await scratchIndex(
    'type Row @entity(immutable: false) { id: ID!  text: String }',
    { number: 5, write: { Row: Array.from({ length: 9 }, (_, n) => ({ id: `${n}`, text: `text ${n % 2}` })) } },
    { number: 6, write: { Row: Array.from({ length: 9 }, (_, n) => ({ id: `${n}` })) } },
  )
  await own.postgres.run(sql`analyze`)
  expect(await own.ask('{ rows(where: { text_ends_with: "\\\\" }) { id } }')).toEqual({ data: { rows: [] } })
})

it('takes the escape of a backspace for what graph-node takes it for', async () => {
  await using own = await scratchIndex('type Row @entity(immutable: false) { id: ID! }', {
    number: 5,
    write: { Row: [{ id: '\b' }, { id: '\u0010' }] },
  })
  const ask = (literal: string, variables?: Record<string, unknown>) =>
    own.ask(`query ($id: ID) { rows(where: { id: ${literal} }) { id } }`, variables)
  const [backspace, other] = [{ data: { rows: [{ id: '\b' }] } }, { data: { rows: [{ id: '\u0010' }] } }]
  expect(await ask('"\\b"')).toEqual(other)
  expect(await ask('"\\u0008"')).toEqual(backspace)
  expect(await ask('"\b"')).toEqual(backspace)
  expect(await ask('$id', { id: '\b' })).toEqual(backspace)
})

it('answers introspection', async () => {
  const { data } = await index.ask(
    '{ __schema { queryType { name } } __type(name: "Mood") { kind enumValues { name } } }',
  )
  expect(data).toEqual({
    __schema: { queryType: { name: 'Query' } },
    __type: { kind: 'ENUM', enumValues: [{ name: 'happy' }, { name: 'angry' }, { name: 'calm' }] },
  })
})
