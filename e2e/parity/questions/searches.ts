import type { Collection } from '../api.ts'
import type { Question } from '../question.ts'

const texts = [
  '',
  'fox',
  'Fox',
  'foxes',
  'fox & dog',
  'fox | dog',
  'fox dog',
  "'brown fox'",
  'fo:*',
  '!fox',
  'fox <-> dog',
]
const more = [
  '(fox | cat) & dog',
  'fox &',
  '&',
  'die',
  'the',
  'ñandú',
  'a:*',
  "'",
  'fox:a',
  'fox <2> dog',
  'naïve',
  '12',
]

/** Full-text searches in the syntax there is, and beyond it. */
export function searches({ field, kind }: Collection): Question[] {
  if (kind !== 'search') return []
  const of = (args: string) => ({ name: `search/${field}(${args})`, query: `{ ${field}(${args}) { id } }` })
  return [
    ...[...texts, ...more].map((text) => of(`text: ${JSON.stringify(text)}`)),
    { ...of('text: "fox | dog", first: 100'), about: `ranks of ${field}` },
    of('text: "fox", first: 2'),
    of('text: "fox", first: 2, skip: 1'),
    of('text: "fox", where: { id_not: "1" }'),
    of('text: "fox", where: { or: [] }'),
    of('text: null'),
    of('first: 1'),
  ]
}
