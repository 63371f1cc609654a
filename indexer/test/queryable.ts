import { type Answer, answer, type Queryable, queryable } from '../src/query/answer.ts'
import { apiSchema } from '../src/query/schema.ts'
import { createPostgres, type Postgres } from '../src/store/postgres.ts'
import { openStore, type Store } from '../src/store/store.ts'
import { aBlockLink, aDeployment } from './deployment.ts'
import { scratchDatabase } from './postgres.ts'
import { blockChanges, type PlainBlock } from './rows.ts'

/** An index in a database of its own that can be asked. */
export interface ScratchIndex extends AsyncDisposable {
  readonly store: Store
  readonly postgres: Postgres
  readonly queryable: Queryable
  write(...blocks: readonly PlainBlock[]): Promise<void>
  /** Takes back every block after this one; what is written next goes on from there. */
  revertTo(number: number): Promise<void>
  /** @returns the answer's body, parsed */
  ask(
    query: string,
    variables?: Readonly<Record<string, unknown>>,
  ): Promise<{ data?: unknown; errors?: readonly { message: string }[] }>
  /** @returns only the messages */
  complain(query: string, variables?: Readonly<Record<string, unknown>>): Promise<string[]>
  answer(query: string): Promise<Answer>
}

/** @param blocks - written in order; progress ends at the last */
export async function scratchIndex(schemaText: string, ...blocks: readonly PlainBlock[]): Promise<ScratchIndex> {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 4 })
  const deployment = aDeployment(schemaText)
  const store = await openStore(postgres, deployment)
  const asked = queryable(deployment.id, apiSchema(deployment.schema), store.layout, postgres)
  let known = new Set<string>()
  const before: { readonly number: number; readonly known: ReadonlySet<string> }[] = []
  const write = async (...more: readonly PlainBlock[]) => {
    for (const block of more) {
      before.push({ number: block.number, known: new Set(known) })
      const link = aBlockLink(block.number)
      await store.commit([blockChanges(deployment.schema, block, known)], [link], link)
    }
  }
  const ask: ScratchIndex['ask'] = async (query, variables) =>
    JSON.parse((await answer({ query, variables }, asked)).body)
  await write(...blocks)
  return {
    store,
    postgres,
    queryable: asked,
    write,
    revertTo: async (number) => {
      await store.revertTo(aBlockLink(number))
      while ((before.at(-1)?.number ?? 0) > number) known = new Set(before.pop()?.known)
    },
    ask,
    complain: async (query, variables) => ((await ask(query, variables)).errors ?? []).map(({ message }) => message),
    answer: (query) => answer({ query }, asked),
    async [Symbol.asyncDispose]() {
      await store.close()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}
