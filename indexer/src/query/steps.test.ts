import { afterAll, beforeAll, expect, it } from 'vitest'
import { aBlockLink } from '../../test/deployment.ts'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'
import { answer } from './answer.ts'

/** Which complaints a client hears depends on how far graph-node gets with a question before it finds them. */

let index: ScratchIndex
beforeAll(async () => {
  index = await scratchIndex(
    `
    type City @entity(immutable: false) { id: ID!  name: String!  people: [Person!]! @derivedFrom(field: "home") }
    type Person @entity(immutable: false) { id: ID!  name: String  home: City  seen: [City!]  past: [City!] }
  `,
    { number: 5, write: { City: [{ id: 'paris', name: 'Paris' }] } },
    { number: 7, write: { Person: [{ id: 'eve', name: 'Eve', home: 'paris', past: [] }] } },
  )
})
afterAll(() => index[Symbol.asyncDispose]())

const badFirst = 'The `first` argument must be between 0 and 1000, but is 0'
const badSkip = 'The `skip` argument must be between 0 and 4294967295, but is -1'
const missed = (place: string) =>
  `Failed to get entities from store: internal error resolving ${place}: expected prefetched result, but found nothing`

it('asks what is below rows only if there are rows', async () => {
  expect(await index.ask('{ cities(where: { id: "rome" }) { people(first: 0) { id } } }')).toEqual({
    data: { cities: [] },
  })
  expect(await index.complain('{ cities { people(first: 0) { id } } }')).toEqual([badFirst])
  expect(await index.complain('{ cities { people(first: 0) { home { people(skip: -1) { id } } } } }')).toEqual([
    badFirst,
  ])
  expect(await index.complain('{ cities { people { home { people(skip: -1) { id } } } } }')).toEqual([badSkip])
})

it('misses what nothing is selected of once for each row, if nothing else is wrong', async () => {
  expect(await index.ask('{ persons(where: { id: "ann" }) { home { id @skip(if: true) } } }')).toEqual({
    data: { persons: [] },
  })
  expect(await index.complain('{ persons { home { id @skip(if: true) } } }')).toEqual([missed('City.home')])
  expect(await index.complain('{ persons { home } }')).toEqual([missed('Person.persons')])
  expect(await index.complain('{ persons { home } cities(first: 0) { id } }')).toEqual([badFirst])
})

it('does not miss anything of a list that is empty', async () => {
  expect(await index.ask('{ persons { past { id @skip(if: true) } } }')).toEqual({ data: { persons: [{ past: [] }] } })
  expect(await index.complain('{ persons { seen { id @skip(if: true) } } }')).toEqual([missed('City.seen')])
})

it('finds out that a filter cannot be told in SQL only where a row has something in the list', async () => {
  const nothing = await index.ask(
    '{ persons { past(where: { name_contains: null }) { id } seen(where: { name_contains: null }) { id } } }',
  )
  expect(nothing).toEqual({ data: { persons: [{ past: [], seen: [] }] } })
  await using own = await scratchIndex(
    'type Row @entity(immutable: false) { id: ID!  name: String  next: Row  rows: [Row!] }',
    {
      number: 5,
      write: {
        Row: [
          { id: 'a', rows: ['b'] },
          { id: 'b', rows: [] },
        ],
      },
    },
  )
  const wrong = 'rows(where: { name_contains: null }) { id }'
  expect(await own.complain(`{ rows { ${wrong} } }`)).toEqual([
    'Failed to get entities from store: unsupported filter `contains` for value `null`',
  ])
  expect(await own.ask(`{ row(id: "b") { ${wrong} } }`)).toEqual({ data: { row: { rows: [] } } })
  expect(await own.complain('{ row(id: "b") { rows(orderBy: next__name) { id } } }')).toEqual([
    'Failed to get entities from store: SortKey::ChildKey cannot be used for parent ordering (yet)',
  ])
})

it('keeps a complaint to the block it is about', async () => {
  expect(await index.ask('{ cities(block: { number: 5 }) { id } persons(first: 0) { id } }')).toMatchObject({
    data: { cities: [{ id: 'paris' }] },
    errors: [{ message: badFirst }],
  })
  expect(await index.complain('{ cities(block: {}) { id } persons(block: { hash: "zz" }) { id } }')).toHaveLength(1)
})

it('says how far it is with complaints about rows, and not with those about the question', async () => {
  const indexed = async (query: string) => (await index.answer(query)).indexed?.number ?? null
  expect(await indexed('{ persons(first: 0) { id } }')).toBe(7)
  expect(await indexed('{ persons(where: { name: "\\u0000" }) { id } }')).toBe(7)
  expect(await indexed('{ persons(first: "x") { id } }')).toBeNull()
  expect(await indexed('{ persons(block: { number: 9 }) { id } }')).toBeNull()
})

it('heeds directives where graph-node does', async () => {
  const names = async (query: string) => Object.keys((await index.ask(query)).data as object)
  expect(
    await names('{ __typename @skip(if: true) ...P @skip(if: true) } fragment P on Query { persons { id } }'),
  ).toEqual(['__typename', 'persons'])
  expect(await names('{ __typename ...P } fragment P on Query @skip(if: true) { persons { id } }')).toEqual([
    '__typename',
  ])
  expect(await names('query ($on: Boolean) { __typename persons @include(if: $on) { id } }')).toEqual(['__typename'])
  expect(await names('{ __typename persons @skip(if: "true") { id } }')).toEqual(['__typename', 'persons'])
})

it('asks the chain for a block that it has not kept, by its hash', async () => {
  const query = (number: number) => ({
    query: `{ _meta(block: { hash: "${aBlockLink(number).hash}" }) { block { number hash } } persons(block: { hash: "${aBlockLink(number).hash}" }) { id } }`,
  })
  const ofChain = {
    ...index.queryable,
    findBlock: async (hash: string) => chain.find((block) => block.hash === hash) ?? null,
  }
  const chain = [2, 6, 9].map((number) => aBlockLink(number))
  const asked = async (number: number) => JSON.parse((await answer(query(number), ofChain)).body)

  expect((await asked(6)).data).toEqual({ _meta: { block: { number: 6, hash: aBlockLink(6).hash } }, persons: [] })
  expect((await asked(9)).errors[0].message).toContain('has only indexed up to block number 7')
  expect((await asked(8)).errors[0].message).toContain('no block with that hash found')
  expect(await index.complain(query(6).query)).toHaveLength(1)
})
