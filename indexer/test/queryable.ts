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
  const known = new Set<string>()
  const write = async (...more: readonly PlainBlock[]) => {
    for (const block of more) {
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
