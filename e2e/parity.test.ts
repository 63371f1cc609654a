import { expect, it } from 'vitest'
import { judge } from './parity/compare.ts'
import type { Answer } from './parity/question.ts'

/** What may differ from graph-node is listed; a list that let more through would hide bugs. */

const answer = (body: unknown, status = 200): Answer => ({ status, headers: {}, body })
const data = (rows: readonly unknown[]) => answer({ data: { rows } })
const errors = (...messages: string[]) => answer({ errors: messages.map((message) => ({ message })) })
const closed = answer('the connection was closed', 0)

function verdict(where: string, theirs: Answer, ours: Answer): string {
  const essences = { theirs: theirs.body, ours: ours.body }
  return judge(['they differ'], where, { theirs, ours, essences }).kind
}

const rows = data([{ id: 'a' }])
const day = (timestamp: number) => ({ id: 'a', timestamp: String(timestamp) })
const nullId = 'Null value resolved for non-null field `id`'
const unknown = 'Failed to decode `block.hash` value: `no block with that hash found`'

it.each([
  ['a fragment that is not there', 'meta/fragment', closed, errors('fragment `F` is not defined')],
  ['a panic that is told', 'property/x', errors('panic processing query: oh'), errors('no')],
  ['a panic beside a complaint', 'property/x', errors('panic processing query: oh', 'a'), errors('no', 'a')],
  ['other ranks', 'search/q(text: "a & b")', data([{ id: 'b' }, { id: 'a' }]), data([{ id: 'a' }, { id: 'b' }])],
  ['rows without a text', 'search/q(text: "!a")', data([{ id: 'b' }, { id: 'a' }]), rows],
  ['other distances', 'search/q(text: "a <-> b")', rows, data([])],
  ['a row of nulls', 'aggregation/x', errors(nullId), data([])],
  ['a block that only we know', 'time/rows', errors(unknown), rows],
  ['a bucket that is rolled up later', 'aggregation/x(block: { number: 3 })', data([day(2), day(1)]), data([day(1)])],
])('accepts %s', (_, question, theirs, ours) => {
  expect(verdict(`any: ${question}`, theirs, ours)).toBe('accepted')
})

it.each([
  ['another refusal of ours where graph-node hangs up', 'meta/fragment', closed, errors('the query is empty')],
  ['an answer where graph-node panics', 'property/x', errors('panic processing query: oh'), rows],
  ['a complaint that is missing beside a panic', 'property/x', errors('panic processing query: oh', 'a'), errors('no')],
  ['a row that a search lacks', 'search/q(text: "a & b")', data([{ id: 'a' }, { id: 'b' }]), rows],
  ['a row without a text that only we find', 'search/q(text: "!a")', rows, data([{ id: 'b' }, { id: 'a' }])],
  ['a search that we refuse', 'search/q(text: "a <-> b")', rows, errors('no')],
  [
    'a search whose order alone differs',
    'search/q(text: "a")',
    data([{ id: 'b' }, { id: 'a' }]),
    data([{ id: 'a' }, { id: 'b' }]),
  ],
  ['another complaint beside a row of nulls', 'aggregation/x', errors(nullId, 'something else'), data([])],
  ['a refusal where there is a row of nulls', 'aggregation/x', errors(nullId), errors('no')],
  ['a block that only graph-node knows', 'time/rows', rows, errors(unknown)],
  [
    'another bucket at a past block',
    'aggregation/x(current: include, block: { number: 3 })',
    data([{ id: 'b' }]),
    rows,
  ],
  ['a bucket in the middle', 'aggregation/x(block: { number: 3 })', data([day(2), day(1)]), data([day(2)])],
  ['two buckets', 'aggregation/x(block: { number: 3 })', data([day(3), day(2), day(1)]), data([day(1)])],
  ['other words for what is wrong with a filter', 'combination/rows 1', errors('one'), errors('another')],
  ['other rows', 'filter/rows.id', rows, data([])],
])('does not accept %s', (_, question, theirs, ours) => {
  expect(verdict(`any: ${question}`, theirs, ours)).toBe('different')
})
