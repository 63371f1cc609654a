import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'

const schemaText = `
  type _Schema_
    @fulltext(name: "bookSearch", language: en, algorithm: rank, include: [{ entity: "Book", fields: [{ name: "title" }, { name: "body" }] }])
  type Book @entity(immutable: false) { id: ID!  title: String!  body: String  year: Int! }
`

let index: ScratchIndex
beforeAll(async () => {
  index = await scratchIndex(schemaText, {
    number: 1,
    write: {
      Book: [
        { id: 'a', title: 'The quick brown fox', body: null, year: 1 },
        { id: 'b', title: 'Foxes', body: 'and more foxes', year: 2 },
        { id: 'c', title: 'A dog', body: 'met a fox', year: 2 },
      ],
    },
  })
})
afterAll(() => index[Symbol.asyncDispose]())

const found = async (args: string) => {
  const { data, errors } = await index.ask(`{ bookSearch(${args}) { id } }`)
  return (
    errors?.map(({ message }) => message) ?? (data as { bookSearch: { id: string }[] }).bookSearch.map(({ id }) => id)
  )
}

it('finds words in any of their forms, the best match last', async () => {
  expect(await found('text: "fox"')).toEqual(['a', 'c', 'b'])
  expect(await found('text: "foxes & dog"')).toEqual(['c'])
  expect(await found('text: "\'quick brown\'"')).toEqual(['a'])
  expect(await found('text: ""')).toEqual([])
})

it('pages and filters what it finds', async () => {
  expect(await found('text: "fox", first: 1, skip: 1')).toEqual(['c'])
  expect(await found('text: "fox", where: { year: 2 }')).toEqual(['c', 'b'])
})

it('says how to write what it cannot read', async () => {
  expect(await found('text: "fox dog"')).toEqual([
    'Invalid fulltext search query syntax. Error: syntax error in tsquery: "fox dog". Hint: Search terms with spaces need to be enclosed in single quotes',
  ])
  expect(await found('text: "fox &"')).toEqual(['Failed to get entities from store: no operand in tsquery: "fox &"'])
  expect(await index.complain('{ bookSearch { id } }')).toEqual(['No value provided for required argument: `text`'])
})
