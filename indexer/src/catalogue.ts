import { LRUCache } from 'lru-cache'
import { parseSchema } from './deployment/schema.ts'
import { type FindBlock, type Queryable, queryable } from './query/answer.ts'
import { apiSchema } from './query/schema.ts'
import type { Target } from './serve/query.ts'
import { type Layout, layoutOf } from './store/layout.ts'
import { readNames } from './store/names.ts'
import type { Runner } from './store/postgres.ts'
import { findTables } from './store/tables.ts'

/** A deployment that can be asked, whether it is indexed or not. */
export interface Entry {
  readonly queryable: Queryable
  readonly layout: Layout
}

/** Another process may move a name; it is noticed after this long. */
const namesAreGoodForMs = 1_000

/** What can be asked here: every deployment of the database by its id, and the current one of each name. */
export class Catalogue {
  readonly #postgres: Runner
  readonly #blocksOf: (network: string) => FindBlock
  readonly #entries = new LRUCache<string, Promise<Entry | undefined>>({ max: 200 })
  #names: ReadonlyMap<string, string> = new Map()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | null = null

  /** @param blocksOf - how to look up a block of a network's chain that the index has not kept */
  constructor(postgres: Runner, blocksOf: (network: string) => FindBlock) {
    this.#postgres = postgres
    this.#blocksOf = blocksOf
  }

  /** @returns undefined if there is none */
  async find(target: Target): Promise<Queryable | undefined> {
    if (target.kind === 'id') return (await this.entry(target.id))?.queryable
    if (performance.now() - this.#readAt > namesAreGoodForMs) await this.refresh()
    const id = this.#names.get(target.name)
    return id === undefined ? undefined : (await this.entry(id))?.queryable
  }

  /** @param id - `Qm…` */
  entry(id: string): Promise<Entry | undefined> {
    const known = this.#entries.get(id)
    if (known !== undefined) return known
    const made = this.#make(id)
    this.#entries.set(id, made)
    const forget = () => {
      this.#entries.delete(id)
    }
    // What is not there now may come.
    made.then((entry) => entry ?? forget(), forget)
    return made
  }

  /** Looks where the names point now. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const names = await readNames(this.#postgres)
    this.#names = new Map(names.flatMap(({ name, current }) => (current === null ? [] : [[name, current]])))
    this.#readAt = performance.now()
  }

  async #make(id: string): Promise<Entry | undefined> {
    const tables = await findTables(this.#postgres, id)
    if (tables === null) return undefined
    const schema = parseSchema(tables.schemaText)
    const layout = layoutOf(schema, tables.schemaName)
    return {
      layout,
      queryable: queryable(id, apiSchema(schema), layout, this.#postgres, this.#blocksOf(tables.network)),
    }
  }
}
