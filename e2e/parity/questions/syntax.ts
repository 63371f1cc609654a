import type { Question } from '../question.ts'

/** Wherever a document can end too soon, or go on with what is no part of one. */
const beginnings = [
  '',
  '{',
  '{ a',
  '{ a: b',
  '{ a(',
  '{ a(b',
  '{ a(b:',
  '{ a(b: 1',
  '{ a(b: $',
  '{ a(b: [1',
  '{ a(b: {',
  '{ a(b: {c:',
  '{ a(b: {c: 1',
  '{ a(b: 1)',
  '{ a @',
  '{ a @b',
  '{ a { b }',
  '{ ...',
  '{ ... on',
  '{ ... on X',
  '{ ... @d',
  '{ ...F',
  '{ a }',
  'query',
  'query Q',
  'query (',
  'query ($a',
  'query ($a:',
  'query ($a: X!',
  'query ($a: [X',
  'query ($a: X =',
  'query ($a: X = [',
  'query ($a: X = {b: 1',
  'query ($a: X)',
  'query @d',
  'mutation',
  'fragment',
  'fragment F',
  'fragment F on',
  'fragment F on X',
]

/** The last three are none; of those that are, an answer would show bytes that have nothing to do with them. */
const ends = ['', ' {', ' (', ' ...', ' x', ' ?', ' 1.', ' "x']

const values = [
  ...['9223372036854775808', '-9223372036854775809', '-', '00', '1x', '0x12', '1e0', '1e1', '1e9', '1e', '1.5e400'],
  ...['.5', '1..2', 'ä', "'x'", '\u200b', '"""x""', '"x\ny"', '"\\x"', '"\\u12"', '"\\uzzzz"', '"\\uD800"', '"\\'],
]

const deep = (beginning: string) => `{ a${beginning.repeat(51)}`

/** What graph-node's parser says of texts that are no documents: in words of its own, and of less than it would take. */
export const syntaxQuestions: readonly Question[] = [
  ...beginnings.flatMap((beginning) => ends.map((end) => `${beginning}${end}`)),
  ...values.map((value) => `{ a(b: ${value} ) }`),
  ...[deep(' { a'), deep(' { ...'), deep(' { ... on X'), `{ a(b: ${'['.repeat(60)}`, `{ a(b: ${'{c:'.repeat(60)}`],
].map((query) => ({ name: `syntax/${query.length > 60 ? `${query.slice(0, 60)}…` : query}`, query }))
