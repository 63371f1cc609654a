import { type Collection, wholeRow } from '../api.ts'
import type { Question } from '../question.ts'

/** Every order that is offered, upwards and downwards. */
export function orders(collection: Collection): Question[] {
  const { field, needs } = collection
  if (needs.length > 0) return []
  return collection.orders.flatMap((order) =>
    ['asc', 'desc'].map((direction) => {
      const type = collection.fields.find(({ name }) => name === order)?.type ?? 'of another'
      return { ...orderedBy(field, order, direction), about: `${collection.kind} ${type} ${direction}` }
    }),
  )
}

/** By the id of a reference graph-node breaks ties by chance: all rows are asked for, with what they are ordered by. */
function orderedBy(field: string, order: string, direction: string): Question {
  const name = `order/${field}.${order} ${direction}`
  const args = `orderBy: ${order}, orderDirection: ${direction}`
  const [, reference] = /^(.+)__id$/.exec(order) ?? []
  if (reference === undefined) return { name, query: `{ ${field}(first: 40, ${args}) { id } }` }
  return { name, query: `{ ${field}(first: 1000, ${args}) { id ${reference} { id } } }`, ties: reference }
}

/** Pages by number, at their limits and beyond. */
export function pages(collection: Collection): Question[] {
  const { field, kind, needs } = collection
  if (needs.length > 0) return []
  const row = wholeRow(collection)
  const of = (args: string) => ({
    name: `page/${field}(${args})`,
    query: `{ ${field}(${args}) { id } }`,
    about: `${kind} ${args}`,
  })
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
      'orderBy: id',
    ],
  ]
    .map(of)
    .concat({
      name: `page/${field} whole`,
      about: `${kind} whole`,
      query: `{ ${field}(first: 5, skip: 1, orderBy: id) { ${row} __typename } }`,
    })
}
