import { GraphQLBoolean, GraphQLString, parse } from 'graphql'
import { expect, it } from 'vitest'
import { parseSchema } from '../indexer/src/deployment/schema.ts'
import { asTest } from './parity/property/as-test.ts'
import { drawSketch } from './parity/property/draw.ts'
import { moved } from './parity/property/moved-question.ts'
import { type Piece, writeQuery } from './parity/property/pieces.ts'
import type { Smallest } from './parity/property/shrink.ts'
import { type Sketch, schemaOf, type Value } from './parity/property/sketch.ts'
import { shorterQuestions } from './parity/property/smaller-question.ts'
import type { Question } from './parity/question.ts'

/** What is made up for both, and made smaller where they differ: a difference that nobody can read would be found in vain. */

const text = (one: string): Value => ({ kind: 'String', text: one })
const rows: Sketch = {
  enums: [],
  interfaces: [],
  types: [
    {
      name: 'Row',
      kind: 'mutable',
      interfaces: [],
      fields: ['id', 'a', 'b'].map((name) => ({ name, type: 'String', isList: false, isRequired: name === 'id' })),
    },
  ],
  aggregations: [],
  searches: [],
  blocks: [[{ key: 0, type: 'Row', id: '1', row: { id: text('1'), a: text('`'), b: text('old') } }]],
  orphaned: [[{ key: 1, type: 'Row', id: '1', row: { id: text('1'), b: text('new') } }]],
  kept: [[]],
}
const known = [
  { number: 6, hash: '0xaa' },
  { number: 7, hash: '0xbb' },
]
const found: Smallest = {
  sketch: rows,
  question: { name: 'property/query', query: '{ rows(block: { hash: "0xaa" }) { a b } }' },
  isAfterReorg: true,
  lines: ['.data.rows[0].b: "old", ours "new"'],
  expected: { data: { rows: [{ a: '`', b: 'old' }] } },
}

it('tells what was found as a test, rows as they are and blocks where they are taken away', () => {
  expect(asTest(found, { seed: 3, index: 4, known })).toMatchInlineSnapshot(`
    "import { expect, it } from 'vitest'
    import { aBlockLink } from '../../test/deployment.ts'
    import { scratchIndex } from '../../test/queryable.ts'

    // Seed 3, schema 4.
    // .data.rows[0].b: "old", ours "new"
    it('answers as graph-node does', async () => {
      await using index = await scratchIndex(
        \`type Row @entity(immutable: false) {
      id: String!
      a: String
      b: String
    }\`,
        {"number":6,"write":{"Row":[{"id":"1","a":"\`","b":"old"}]}},
        {"number":7,"write":{"Row":[{"id":"1","a":"\`","b":"new"}]}},
      )
      await index.revertTo(6)
      await index.write({"number":7})
      expect(await index.ask(\`{ rows(block: { hash: "\${aBlockLink(6).hash}" }) { a b } }\`)).toEqual({"data":{"rows":[{"a":"\`","b":"old"}]}})
    })"
  `)
})

it('makes up what may be deployed', () => {
  for (let index = 0; index < 50; index++) parseSchema(schemaOf(drawSketch(1, index)))
})

it('makes a question shorter part by part, until there is nothing to take', () => {
  const query = `query Made($v: [String!]) { x: rows(where: { and: [{ a_in: $v }] }) { id ...F1 } } fragment F1 on Row { b a }`
  const isStillFound = ({ query = '', variables }: Question) =>
    /a_in/.test(query) && `${query}${JSON.stringify(variables)}`.includes('y')
  let shortest: Question = { name: 'q', query, variables: { v: ['x', 'y'] } }
  for (let next = shorterQuestions(shortest).find(isStillFound); next; next = shorterQuestions(next).find(isStillFound))
    shortest = next
  expect(shortest).toEqual({ name: 'q', query: '{ rows(where: {a_in: ["y"]}) { id } }' })
})

it('asks about the same block where it is another one, in variables too', async () => {
  const question = {
    name: 'q',
    query:
      'query ($a: Block_height, $b: Int, $w: Row_filter, $n: Int) { rows(block: $a, where: $w, first: $n) { id } old: rows(block: { number: $b }) { id } }',
    variables: { a: { hash: '0xaa' }, b: 6, w: { and: [{ _change_block: { number_gte: 7 } }] }, n: 6 },
  }
  const there = await moved(question, 10, known, async (number) => `0x${number}`)
  expect(there.variables).toEqual({
    a: { hash: '0x16' },
    b: 16,
    w: { and: [{ _change_block: { number_gte: 17 } }] },
    n: 6,
  })
})

it('puts values into variables, with and without defaults, and selections elsewhere', () => {
  const pieces: Piece[] = [
    ...['{ id a @skip(if: '],
    { value: false, type: GraphQLBoolean },
    ') ',
    { on: 'Row', selection: [' { b(x: ', { value: 'é"', type: GraphQLString }, ') }'] },
    ' }',
  ]
  const variables = [
    { at: 0, given: 'default' },
    { at: 1, given: 'value' },
  ] as const
  const { query, variables: given } = writeQuery(['rows ', ...pieces], { variables, spoilt: null, isNamed: true })
  expect(query).toBe(
    'query Made($v0: Boolean = false, $v1: String) { rows { id a @skip(if: $v0) ...F1 } } fragment F1 on Row { b(x: $v1) }',
  )
  expect(given).toEqual({ v1: 'é"' })
  parse(query)
})
