import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { BlockLink, Hex } from '../chain/block.ts'
import type { Layout } from '../store/layout.ts'
import { type Parameter, render, Sql, sql } from '../store/sql.ts'
import type { BlockConstraint } from './block.ts'
import { compileRoot, type Fault } from './compile.ts'
import type { At } from './compile-scope.ts'
import { type Plan, planQuery } from './plan.ts'
import type { Question } from './request.ts'
import type { ApiSchema } from './schema.ts'
import { numberByHash, numberSettled, stateSql } from './state.ts'

/** A question, planned and compiled; what is left is to run it. */
export interface Prepared {
  readonly plan: Plan
  /** Yields one row: the state, and a column `r<index>` for each root field that reads entities. */
  readonly statement: Sql
  /** Under which Postgres keeps the statement, once it is worth it. */
  readonly name?: string
  /** Hashes that block constraints name, in the order of the state's blocks. */
  readonly hashes: readonly Hex[]
  readonly faults: readonly Fault[]
  /** Blocks that the index has not kept, with numbers from elsewhere. */
  readonly lent: readonly BlockLink[]
}

/** Postgres keeps prepared statements for as long as a connection lives, so there must not be ever more of them. */
const maxNames = 1_000

/** Prepares questions to one deployment, and remembers what it prepared. */
export class Preparer {
  readonly #deployment: string
  readonly #schema: ApiSchema
  readonly #layout: Layout
  readonly #prepared = new LRUCache<string, Prepared>({
    maxSize: 8_000_000,
    sizeCalculation: (_, key) => 4_000 + 4 * key.length,
  })
  /** Questions that were asked once. Most come with values of their own and are not asked again, so only their keys are kept. */
  readonly #seen = new LRUCache<string, true>({ max: 2_000 })
  /** By the text of a statement: undefined for one that was seen once. */
  readonly #names = new LRUCache<string, { name?: string }>({ max: 5_000 })
  #nameCount = 0

  constructor(deployment: string, schema: ApiSchema, layout: Layout) {
    this.#deployment = deployment
    this.#schema = schema
    this.#layout = layout
  }

  /**
   * @param lent - blocks that the question names by hash and that are not to be looked up; nothing is remembered with such
   * @throws QueryRefusedError for a question without an answer
   */
  prepare(question: Question, lent: readonly BlockLink[] = []): Prepared {
    const plan = () => planQuery(question, this.#schema)
    if (lent.length > 0) return this.#compile(plan(), lent, question.at)
    const asked = question.variables ? `${JSON.stringify(question.variables)}\n${question.query}` : question.query
    const key = question.at === undefined ? asked : `${question.at}\n${asked}`
    const known = this.#prepared.get(key)
    if (known) return known
    const prepared = this.#compile(plan(), [], question.at)
    if (this.#seen.has(key)) this.#prepared.set(key, prepared)
    else this.#seen.set(key, true)
    return prepared
  }

  #compile(plan: Plan, lent: readonly BlockLink[], settled: Question['at']): Prepared {
    const hashes: Hex[] = []
    const faults: Fault[] = []
    const numbers = new Map<number, Sql>()
    const atNumber = (number: number): Sql => {
      const known = numbers.get(number) ?? sql`${sql.value(number)}::int4`
      numbers.set(number, known)
      return known
    }
    const at = (constraint: BlockConstraint): At => {
      if (constraint.kind === 'latest' || constraint.kind === 'from') return null
      if (constraint.kind === 'settled') return numberSettled(constraint.as)
      if (constraint.kind === 'number') return atNumber(constraint.number)
      const place = placeOf(constraint.hash, hashes)
      const known = lent.find(({ hash }) => hash === constraint.hash)
      return known ? atNumber(known.number) : numberByHash(place)
    }
    const columns: Sql[] = []
    for (const [index, root] of plan.roots.entries()) {
      if (root.kind === 'text') continue
      const block = at(root.at)
      if (root.kind === 'meta' || root.kind === 'refused') continue
      columns.push(sql`${compileRoot(root, this.#layout, block, faults)} as ${sql.ident(`r${index}`)}`)
    }
    const state = stateSql(this.#deployment, hashes, settled)
    const statement = flatten(sql`select ${sql.join([state.columns, ...columns])} from ${state.from}`)
    // What is wrong with the words of a search is found when it is planned, rows or none; so it is planned each time, as graph-node's is.
    const isSearch = plan.roots.some((root) => root.kind === 'entities' && root.search !== undefined)
    const name = isSearch ? undefined : this.#nameOf(statement)
    return { plan, statement, hashes, faults, lent, ...(name !== undefined && { name }) }
  }

  /** A statement gets a name when it is run for the second time. */
  #nameOf(statement: Sql): string | undefined {
    const { text } = render(statement)
    const known = this.#names.get(text)
    if (!known) {
      this.#names.set(text, {})
      return undefined
    }
    if (known.name !== undefined) return known.name
    if (this.#nameCount >= maxNames) return undefined
    this.#nameCount++
    const name = `q${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    this.#names.set(text, { name })
    return name
  }
}

/** The same statement with as few pieces as it can have, so that it is quick to render. */
function flatten(statement: Sql): Sql {
  const parts: (string | Parameter)[] = []
  const add = (part: Sql['parts'][number]): void => {
    const last = parts.at(-1)
    if (part instanceof Sql) part.parts.forEach(add)
    else if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
    else parts.push(part)
  }
  add(statement)
  return new Sql(parts)
}

function placeOf(hash: Hex, hashes: Hex[]): number {
  const place = hashes.indexOf(hash)
  return place < 0 ? hashes.push(hash) - 1 : place
}
