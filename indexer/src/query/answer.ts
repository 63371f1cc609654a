import type { BlockLink } from '../chain/block.ts'
import {
  type QueryProblem,
  QueryRefusedError,
  StoreConstraintError,
  StoreQueryError,
  StoreUnavailableError,
} from '../errors.ts'
import type { Layout } from '../store/layout.ts'
import type { Row, Runner } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import { type Prepared, Preparer } from './prepare.ts'
import type { Question } from './request.ts'
import type { ApiSchema } from './schema.ts'
import { isAttestable, shapeAnswer } from './shape.ts'
import { stateOf, stateSql } from './state.ts'

/** What goes back to the client. */
export interface Answer {
  /** JSON: `{"data":…}`, `{"errors":…}`, or both. */
  readonly body: string
  /** How far the index had come in the state that was read; null if nothing was read. */
  readonly indexed: BlockLink | null
  /** Whether every indexer would have to answer the same. */
  readonly isAttestable: boolean
}

/** One deployment, ready to be asked. */
export interface Queryable {
  readonly deployment: string
  readonly schema: ApiSchema
  readonly postgres: Runner
  readonly preparer: Preparer
}

/** @param deployment - its id, `Qm…` */
export function queryable(deployment: string, schema: ApiSchema, layout: Layout, postgres: Runner): Queryable {
  return { deployment, schema, postgres, preparer: new Preparer(deployment, schema, layout) }
}

/**
 * Answers a query. Everything it tells, the block included, is of one state: it is read by one statement.
 * @throws whatever the store throws when the database does not answer; never for what the query asks
 */
export async function answer(question: Question, { deployment, preparer, postgres }: Queryable): Promise<Answer> {
  let prepared: Prepared
  try {
    prepared = preparer.prepare(question)
  } catch (error) {
    if (error instanceof QueryRefusedError) return refused(error.facts.problems, null)
    throw error
  }
  const options = prepared.name === undefined ? {} : { name: prepared.name }
  let rows: readonly Row[]
  try {
    rows = await postgres.run(prepared.statement, options)
  } catch (error) {
    const message = refusalOf(error)
    if (message === null) throw error
    return refused([{ message }], await progressOf(deployment, postgres))
  }
  const [row] = rows
  if (!row) return refused([{ message: `deployment \`${deployment}\` does not exist` }], null)
  const state = stateOf(deployment, row, prepared.hashes.length)
  try {
    return { ...shapeAnswer(prepared, state, row), indexed: state.progress }
  } catch (error) {
    if (error instanceof QueryRefusedError) return refused(error.facts.problems, null)
    throw error
  }
}

/** What Postgres says about values or sizes it does not take; null for what is not the query's fault. */
function refusalOf(error: unknown): string | null {
  if (error instanceof StoreUnavailableError) return error.facts.sqlState === '57014' ? 'Query timed out' : null
  if (!(error instanceof StoreQueryError || error instanceof StoreConstraintError)) return null
  const { reason } = error.facts
  if (!reason.startsWith('syntax error in tsquery')) return `Failed to get entities from store: ${reason}`
  const hint = 'Search terms with spaces need to be enclosed in single quotes'
  return `Invalid fulltext search query syntax. Error: ${reason}. Hint: ${hint}`
}

/** How far a deployment has come by now; null if that cannot be learnt. */
async function progressOf(deployment: string, postgres: Runner): Promise<BlockLink | null> {
  const { columns, from } = stateSql(deployment, [])
  try {
    const [row] = await postgres.run(sql`select ${columns} from ${from}`)
    return row ? stateOf(deployment, row, 0).progress : null
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null
    throw error
  }
}

function refused(problems: readonly QueryProblem[], indexed: BlockLink | null): Answer {
  return { body: JSON.stringify({ errors: problems }), indexed, isAttestable: isAttestable(problems) }
}
