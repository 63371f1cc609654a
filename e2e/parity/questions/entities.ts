import { type Api, type Collection, wholeRow } from '../api.ts'
import { ask, type Question } from '../question.ts'
import type { Endpoint } from '../runtime.ts'

const pageSize = 1000
/** graph-node keeps answers for a block's number even when a reorg has put another block there: so it is not asked the same again. */
const otherPageSize = 999

/** One listing of all entities of a type, whole, at a block or at the head; in pages where there are many. */
export function listings(
  collection: Collection,
  block: number | undefined,
  pages: readonly string[],
  isAgain: boolean,
): Question[] {
  const at = block === undefined ? 'head' : `block ${block}`
  return ['', ...pages].map((after, index) => {
    const args = [
      `first: ${isAgain ? otherPageSize : pageSize}`,
      block === undefined ? '' : `block: { number: ${block} }`,
    ]
    if (index > 0) args.push(`where: { id_gt: ${JSON.stringify(after)} }`)
    const query = `{ ${collection.field}(${args.filter(Boolean).join(', ')}) { ${wholeRow(collection)} } }`
    return { name: `entities/${collection.type} at ${at}${index > 0 ? `, page ${index + 1}` : ''}`, query }
  })
}

/** The ids after which the second, third… page of a type begins, as one side sees it. */
export async function pageBorders(collection: Collection, to: Endpoint): Promise<string[]> {
  const borders: string[] = []
  for (;;) {
    const after = borders.at(-1)
    const where = after === undefined ? '' : `, where: { id_gt: ${JSON.stringify(after)} }`
    const rows = await rowsOf(`{ ${collection.field}(first: ${pageSize}${where}) { id } }`, collection.field, to)
    const last = rows.at(-1)?.id
    if (rows.length < pageSize || last === undefined || borders.length > 50) return borders
    borders.push(String(last))
  }
}

export type Row = Readonly<Record<string, unknown>>

/** Rows to take values from: the first, the last, and some between. */
export async function samples({ collections }: Api, to: Endpoint): Promise<ReadonlyMap<string, readonly Row[]>> {
  const found = new Map<string, readonly Row[]>()
  for (const collection of collections) {
    if (collection.kind === 'search') continue
    const interval = collection.kind === 'aggregation' ? 'interval: day, ' : ''
    const query = `{ ${collection.field}(${interval}first: 200) { ${wholeRow(collection)} } }`
    found.set(collection.field, await rowsOf(query, collection.field, to))
  }
  return found
}

async function rowsOf(query: string, field: string, to: Endpoint): Promise<readonly Row[]> {
  const { body } = await ask({ name: 'rows', query }, to)
  const { data } = body as { data?: Record<string, Row[]> | null }
  return data?.[field] ?? []
}
