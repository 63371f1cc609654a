import { type Collection, wholeRow } from '../api.ts'
import type { Question } from '../question.ts'

/** Every order that is offered, upwards and downwards. */
export function orders(collection: Collection): Question[] {
  const { field, needs } = collection
  if (needs.length > 0) return []
  return collection.orders.flatMap((order) =>
    ['asc', 'desc'].map((direction) => ({
      name: `order/${field}.${order} ${direction}`,
      query: `{ ${field}(first: 40, orderBy: ${order}, orderDirection: ${direction}) { id } }`,
    })),
  )
}

/** Pages by number, at their limits and beyond. */
export function pages(collection: Collection): Question[] {
  const { field, needs } = collection
  if (needs.length > 0) return []
  const row = wholeRow(collection)
  const of = (args: string) => ({ name: `page/${field}(${args})`, query: `{ ${field}(${args}) { id } }` })
  return [
    ...['first: 1', 'first: 3, skip: 2', 'skip: 1', 'first: 1000, skip: 5000', 'first: 0', 'first: 1001', 'first: -1'],
    ...[
      'skip: -1',
      'first: null',
      'first: "2"',
      'skip: 4294967296',
      'orderDirection: desc',
      'where: null',
      'where: {}',
    ],
  ]
    .map(of)
    .concat({
      name: `page/${field} whole`,
      query: `{ ${field}(first: 5, skip: 1, orderBy: id) { ${row} __typename } }`,
    })
}
