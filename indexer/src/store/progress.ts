import type { BlockLink, BlockPtr } from '../chain/block.ts'
import type { Settled } from '../chain/finality.ts'
import { DeploymentBusyError } from '../errors.ts'
import { bytesToHex } from './codec.ts'
import type { Cell, Row, Runner, Transaction } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

export type Health = 'healthy' | 'unhealthy' | 'failed'

/** Where a deployment stands. */
export interface Progress extends Settled {
  /** The last block whose changes are stored; null before the first. */
  readonly block: BlockLink | null
  /** The chain's newest block, as of the last commit. */
  readonly head: BlockPtr | null
  /** Number of the newest stored block that is final; it only moves back where the chain was replaced below it. Null: none is known to be. */
  readonly final: number | null
  /** Of the newest stored block that is safe; null where the chain does not say. */
  readonly safe: number | null
  /** By which rule blocks become final, as `finalityText` writes it; null before the first. */
  readonly finality: string | null
  /** The first block that can be asked for. */
  readonly earliestBlock: number
  readonly health: Health
  /** How many times blocks were taken back; a query that sees it change has mixed two chains. */
  readonly reverts: number
  /** When it first caught up with the chain. */
  readonly isSynced: boolean
  /** Waits to be told to go on. */
  readonly isPaused: boolean
  /** How many blocks of history are kept; 2147483647 for all. */
  readonly historyBlocks: number
}

export const progressColumns = sql`block_number, block_hash, block_parent_hash, block_time, head_number, head_hash,
  final_number, safe_number, finality, earliest_block, health, reverts, synced_at is not null as is_synced, paused_at is not null as is_paused, history_blocks`

export async function readProgress(runner: Runner, deployment: number): Promise<Progress | null> {
  const [row] = await runner.run(
    sql`select ${progressColumns} from heddle.deployments where number = ${sql.value(deployment)}`,
    { name: 'heddle-progress' },
  )
  return row === undefined ? null : progressOf(row)
}

/**
 * Locks a deployment's row until the transaction ends, so that a writer that was thought dead cannot come between.
 * @throws {@link DeploymentBusyError} if another process has taken the deployment since
 */
export async function lockProgress(
  transaction: Transaction,
  { deployment, holder, id }: { deployment: number; holder: string; id: string },
): Promise<Progress> {
  const [row] = await transaction.run(
    sql`select ${progressColumns}, holder from heddle.deployments where number = ${sql.value(deployment)} for update`,
    { name: 'heddle-lock-progress' },
  )
  if (row === undefined || row.holder !== holder) throw new DeploymentBusyError(id)
  return progressOf(row)
}

/** The assignments that make `block` a deployment's progress. */
export function blockAssignments(block: BlockLink | null): Sql {
  return sql`block_number = ${sql.value(block?.number ?? null)}, block_hash = ${hexValue(block?.hash)},
    block_parent_hash = ${hexValue(block?.parentHash)}, block_time = ${sql.value(block?.timestamp ?? null)}`
}

export function headAssignments(head: BlockPtr): Sql {
  return sql`head_number = ${sql.value(head.number)}, head_hash = ${hexValue(head.hash)}`
}

/** The assignments that say how far the chain is settled, as far as it is stored: `final_number` never moves back by them. */
export function settledAssignments({ final, safe }: Settled, stored: number): Sql {
  const upTo = (number: number | null) => sql`${sql.value(number === null ? null : Math.min(number, stored))}::int4`
  // Nulls do not count in greatest().
  const moved = sql`greatest(final_number, ${upTo(final)})`
  return sql`final_number = ${moved}, safe_number = case when ${upTo(safe)} is not null then greatest(${moved}, ${upTo(safe)}) end`
}

/** The assignments that take back how far the chain is settled, with the blocks after `to`; -1 for all. */
export function unsettledAssignments(to: number): Sql {
  const least = (column: Sql) =>
    to < 0
      ? sql`${column} = null`
      : sql`${column} = case when ${column} is not null then least(${column}, ${sql.value(to)}) end`
  return sql`${least(sql`final_number`)}, ${least(sql`safe_number`)}`
}

/**
 * The assignments for another rule by which blocks become final: what was final stays so, but for what is not by the new one. More
 * becomes final with the next block that is stored, when it is known to be of the chain.
 */
export function settledAnew({ final, safe }: Settled): Sql {
  const least = (column: Sql, number: number | null) =>
    sql`case when ${column} is not null then ${number === null ? sql`null::int4` : sql`least(${column}, ${sql.value(number)}::int4)`} end`
  return sql`final_number = ${least(sql`final_number`, final)}, safe_number = ${least(sql`block_number`, safe)}`
}

/** A hash as a parameter. */
export function hexValue(hex: string | undefined): Sql {
  return sql`${sql.value(hex === undefined ? null : `\\x${hex.slice(2)}`)}::bytea`
}

export function progressOf(row: Row): Progress {
  return {
    block: linkOf(row.block_number, row.block_hash, row.block_parent_hash, row.block_time),
    head: pointerOf(row.head_number, row.head_hash),
    final: row.final_number == null ? null : Number(row.final_number),
    safe: row.safe_number == null ? null : Number(row.safe_number),
    finality: typeof row.finality === 'string' ? row.finality : null,
    earliestBlock: Number(row.earliest_block),
    health: healthOf(row.health),
    reverts: Number(row.reverts),
    isSynced: row.is_synced === true,
    isPaused: row.is_paused === true,
    historyBlocks: Number(row.history_blocks),
  }
}

export function linkOf(
  number: Cell | undefined,
  hash: Cell | undefined,
  parentHash: Cell | undefined,
  time: Cell | undefined,
): BlockLink | null {
  const pointer = pointerOf(number, hash)
  if (pointer === null) return null
  return { ...pointer, parentHash: bytesToHex(parentHash ?? '\\x'), timestamp: Number(time ?? 0) }
}

function pointerOf(number: Cell | undefined, hash: Cell | undefined): BlockPtr | null {
  return typeof number === 'number' && typeof hash === 'string' ? { number, hash: bytesToHex(hash) } : null
}

function healthOf(cell: Cell | undefined): Health {
  return cell === 'failed' || cell === 'unhealthy' ? cell : 'healthy'
}
