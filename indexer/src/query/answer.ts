import type { BlockLink, Hex } from '../chain/block.ts'
import { type Settled, unsettled } from '../chain/finality.ts'
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
import { type IndexState, stateOf, stateSql } from './state.ts'

/** What goes back to the client. */
export interface Answer {
  /** JSON: `{"data":…}`, `{"errors":…}`, or both. */
  readonly body: string
  /** How far the index had come in the state that was read; null if nothing was read. */
  readonly indexed: BlockLink | null
  /** How far the chain was settled in that state. */
  readonly settled: Settled
  /** Whether every indexer would have to answer the same. */
  readonly isAttestable: boolean
}

/** One deployment, ready to be asked. */
export interface Queryable {
  readonly deployment: string
  readonly schema: ApiSchema
  readonly postgres: Runner
  readonly preparer: Preparer
  readonly findBlock: FindBlock
}

/** Looks up a block of the chain by its hash; null if there is none. */
export type FindBlock = (hash: Hex) => Promise<BlockLink | null>

/**
 * @param deployment - its id, `Qm…`
 * @param findBlock - asked for blocks that a question names by their hash and that the index has not kept
 */
export function queryable(
  deployment: string,
  schema: ApiSchema,
  layout: Layout,
  postgres: Runner,
  findBlock: FindBlock = async () => null,
): Queryable {
  return { deployment, schema, postgres, preparer: new Preparer(deployment, schema, layout), findBlock }
}

/** A question may name this many blocks that the chain has to be asked for; of more, the others are not known. */
const maxLookups = 10

/**
 * Answers a query. Everything it tells, the block included, is of one state: it is read by one statement.
 * @throws whatever the store throws when the database does not answer; never for what the query asks
 */
export async function answer(question: Question, queryable: Queryable): Promise<Answer> {
  const { deployment, preparer, postgres, findBlock } = queryable
  try {
    const prepared = preparer.prepare(question)
    const reading = await read(prepared, queryable)
    if (reading === null) return refused([{ message: `deployment \`${deployment}\` does not exist` }], null)
    const unknown = prepared.hashes.filter((_, index) => reading.state.blocks[index] === null).slice(0, maxLookups)
    const lent = (await Promise.all(unknown.map(findBlock))).filter((block) => block !== null)
    if (lent.length === 0) return tell(prepared, reading)
    const again = preparer.prepare(question, lent)
    return tell(again, (await read(again, queryable)) ?? reading)
  } catch (error) {
    if (error instanceof QueryRefusedError) return refused(error.facts.problems, null)
    const message = refusalOf(error)
    if (message === null) throw error
    return refused([{ message }], await progressOf(deployment, postgres))
  }
}

interface Reading {
  readonly state: IndexState
  readonly row: Row
}

/** @returns null if there is no such deployment any more */
async function read({ statement, name, hashes, lent }: Prepared, queryable: Queryable): Promise<Reading | null> {
  const [row] = await queryable.postgres.run(statement, name === undefined ? {} : { name })
  if (!row) return null
  const state = stateOf(queryable.deployment, row, hashes.length)
  const blocks = state.blocks.map((block, index) => block ?? lent.find(({ hash }) => hash === hashes[index]) ?? null)
  return { state: { ...state, blocks }, row }
}

function tell(prepared: Prepared, { state, row }: Reading): Answer {
  const { progress: indexed, final, safe } = state
  return { ...shapeAnswer(prepared, state, row), indexed, settled: { final, safe } }
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
  return {
    body: JSON.stringify({ errors: problems }),
    indexed,
    settled: unsettled,
    isAttestable: isAttestable(problems),
  }
}
