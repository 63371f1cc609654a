import type { BlockLink, BlockPtr } from '../chain/block.ts'
import { type Settled, unsettled } from '../chain/finality.ts'
import { fileTypes } from '../deployment/data-source.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { BlockChanges } from '../entity/change.ts'
import type { EnsLabel } from '../entity/ens-label.ts'
import type { Entity, EntityKey } from '../entity/entity.ts'
import {
  DeploymentBusyError,
  GraftBaseBehindError,
  StoreMismatchError,
  StoreRewrittenError,
  StoreUnavailableError,
} from '../errors.ts'
import { AnalyzeSchedule } from './analyze.ts'
import { lateIndexes } from './ddl.ts'
import { prepareDeployment } from './deployments.ts'
import { readEnsLabels } from './ens-labels.ts'
import { readOnly } from './failure.ts'
import { readWaitingFiles, type StoredFileSource, writeFileSources } from './file-sources.ts'
import { copyBase } from './graft.ts'
import { healthOfErrors, writeErrors, writeErrorsOf } from './indexing-errors.ts'
import { type Layout, layoutOf, type Table } from './layout.ts'
import { Lease, type LeaseTerms } from './lease.ts'
import { findLink, readLinks, writeLinks } from './links.ts'
import { prepareMetadata } from './metadata.ts'
import type { Postgres, Transaction, TransactionOptions } from './postgres.ts'
import {
  blockAssignments,
  headAssignments,
  hexValue,
  lockProgress,
  type Progress,
  readProgress,
  settledAnew,
  settledAssignments,
  unsettledAssignments,
} from './progress.ts'
import { nextEarliest, pruneRows, pruneStatement } from './prune.ts'
import { readEntities, readRelated } from './read.ts'
import { revertRows } from './revert.ts'
import { type Rollup, rollUp, rollupsOf } from './rollup.ts'
import { readSources, type StoredSource, writeSources } from './sources.ts'
import { sql } from './sql.ts'
import { planVersions, writeVersions } from './version.ts'

/** Why a deployment stopped. */
export interface Failure {
  readonly message: string
  readonly handler: string | null
  /** Any indexer would stop here: progress moves to the failing block, without its entities. */
  readonly isDeterministic: boolean
}

/**
 * One deployment's rows. Whatever moves here moves in one transaction with the progress: rows, data sources, links, buckets.
 * @throws StoreUnavailableError from any method while Postgres is away; call again
 */
export class Store {
  readonly layout: Layout
  /** N of `sgd<N>`; what names and other metadata refer to. */
  readonly number: number
  readonly #postgres: Postgres
  readonly #deployment: Deployment
  readonly #lease: Lease
  /** How many blocks a reorg may take back. */
  readonly #finality: number
  readonly #rollups: readonly Rollup[]
  readonly #analyze = new AnalyzeSchedule()
  /** Seconds; of the last block that was handled, null where only the tables know. */
  #handledTime: number | null = null
  /** What is known of the history without asking; null: nothing. */
  #history: Pick<Progress, 'earliestBlock' | 'historyBlocks'> | null = null
  /** How many times rows were taken back or replaced, as far as we know; null: nothing was read yet. */
  #reverts: number | null = null
  /** Tables that still hold versions from before the earliest block. */
  #toPrune: readonly Table[] = []

  constructor(
    postgres: Postgres,
    deployment: Deployment,
    { number, schemaName }: { number: number; schemaName: string },
    lease: Lease,
    finality: number,
  ) {
    this.#postgres = postgres
    this.#deployment = deployment
    this.number = number
    this.#lease = lease
    this.#finality = finality
    this.layout = layoutOf(deployment.schema, schemaName, fileTypes(deployment))
    this.#rollups = rollupsOf(this.layout)
  }

  async progress(): Promise<Progress> {
    const progress = await readProgress(this.#postgres, this.number)
    if (progress === null) throw new DeploymentBusyError(this.#deployment.id)
    this.#reverts ??= progress.reverts
    return progress
  }

  /** Current versions by `type/id`; what does not exist is absent. */
  read(keys: readonly EntityKey[]): Promise<Map<string, Entity>> {
    return readEntities(this.#postgres, this.layout, keys)
  }

  /** Current entities behind a derived field; `type` and `field` as the mapping names them. */
  readRelated(type: string, id: string, field: string): Promise<Entity[]> {
    return readRelated(this.#postgres, this.#deployment.schema, this.layout, { type, id, field })
  }

  /** Labels of the Ethereum Name Service, in the order of the hashes. */
  ensLabels(hashes: readonly string[]): Promise<EnsLabel[]> {
    return readEnsLabels(this.#postgres, hashes)
  }

  /** Stored links, newest first. @param below - only those of lower numbers */
  ancestors(below = 2_147_483_647, limit = 1000): Promise<BlockLink[]> {
    return readLinks(this.#postgres, this.number, { below, limit })
  }

  /** A block that was seen on the way, or null. */
  findLink(wanted: { readonly number: number } | { readonly hash: string }): Promise<BlockLink | null> {
    return findLink(this.#postgres, this.number, wanted)
  }

  /** Data sources grown from templates, in order of creation. */
  sources(): Promise<StoredSource[]> {
    return readSources(this.#postgres, this.number)
  }

  /** Files that handlers asked for and that were not handled yet, oldest first. @param after - only those with a higher region */
  waitingFiles(after: number): Promise<StoredFileSource[]> {
    return readWaitingFiles(this.#postgres, this.number, after)
  }

  /**
   * Writes all that a range of blocks did, and moves the progress to its end. If the connection broke in the middle, call again
   * with the same: what is there already is not written twice.
   * @param batch - blocks that were handled, in order; may be empty
   * @param links - all blocks seen on the way, in order; the last is where the progress will stand (without links, the batch's last)
   * @param settled - how far the chain is; of that is stored what does not lie beyond the progress
   * @throws StoreConstraintError if a mapping wrote what the tables refuse
   */
  async commit(
    batch: readonly BlockChanges[],
    links: readonly BlockLink[],
    head: BlockPtr,
    settled: Settled = unsettled,
  ): Promise<void> {
    const target = links.at(-1) ?? batch.at(-1)?.block
    const writes = planVersions(this.layout, batch)
    const handled = batch.map(({ block }) => block)
    await this.#write(async (transaction, progress) => {
      const isDone =
        target !== undefined && progress.block?.hash === target.hash && progress.block.number === target.number
      if (isDone) return
      requireLater(progress.block, batch, links)
      for (const tableWrites of writes) await writeVersions(transaction, tableWrites)
      if (this.#rollups.length > 0) await rollUp(transaction, this.#rollups, this.#handledTime, handled)
      await writeSources(transaction, this.number, batch)
      await writeFileSources(transaction, this.number, batch)
      await writeLinks(transaction, this.number, mergeLinks(handled, links))
      const hasErrors = await writeErrorsOf(transaction, this.number, batch)
      if (progress.health === 'failed' && target !== undefined) await this.#heal(transaction, target.number)
      else if (hasErrors) await this.#setHealth(transaction)
      const moved =
        target === undefined
          ? sql.empty
          : sql`${blockAssignments(target)}, ${settledAssignments(settled, target.number)}, `
      await transaction.run(
        sql`update heddle.deployments set ${moved}${headAssignments(head)} where number = ${sql.value(this.number)}`,
      )
    })
    this.#handledTime = handled.at(-1)?.timestamp ?? this.#handledTime
    await this.#analyze.afterWriting(this.#postgres, writes)
  }

  /**
   * Takes over the rows of the graft's base, where there is a graft and nothing is stored yet.
   * @param linkAt - the chain's block of a number, null if it has none
   * @throws {@link GraftBaseBehindError} while the base does not hold the graft's block
   */
  async takeOver(linkAt: (number: number) => Promise<BlockLink | null>): Promise<void> {
    const { graft } = this.#deployment
    if (graft === undefined || (await this.progress()).block !== null) return
    const at = await linkAt(graft.block)
    if (at === null) throw new GraftBaseBehindError(graft, -1)
    await this.#write(
      async (transaction, { block }) => {
        if (block !== null) return
        await copyBase(transaction, { number: this.number, layout: this.layout, graft }, at)
        await transaction.run(
          sql`update heddle.deployments set health = ${healthOfErrors} where number = ${sql.value(this.number)}`,
        )
      },
      { isSnapshot: true },
    )
    for (const table of this.layout.tables.values()) await this.#postgres.run(sql`analyze ${table.ident}`)
  }

  /**
   * Takes back every block after `to`; all of them for null, where a graft is deeper than that, or where the state at `to` has been
   * pruned. Doing it twice changes nothing.
   */
  async revertTo(asked: BlockPtr | BlockLink | null): Promise<void> {
    const { graft } = this.#deployment
    const first = Math.max(this.#deployment.startBlock - 1, 0)
    this.#handledTime = null
    this.#history = null
    await this.#write(async (transaction, { block, earliestBlock }) => {
      const isPruned = earliestBlock > first
      const isLost =
        asked === null ||
        (graft !== undefined && asked.number < graft.block) ||
        (isPruned && asked.number < earliestBlock)
      const to = isLost ? null : asked
      if (to !== null && block !== null && to.number > block.number) {
        throw new StoreMismatchError(`block ${to.number} was to be reverted to, but progress is at ${block.number}`)
      }
      await revertRows(transaction, this.layout, this.number, to?.number ?? -1)
      const target = to === null ? null : await this.#linkOf(transaction, to)
      if (target !== null && to !== null && 'parentHash' in to) await writeLinks(transaction, this.number, [target])
      await transaction.run(sql`update heddle.deployments set ${blockAssignments(target)}, reverts = reverts + 1,
        ${unsettledAssignments(to?.number ?? -1)},
        ${to === null && isPruned ? sql`earliest_block = ${sql.value(first)},` : sql.empty}
        health = ${healthOfErrors}
        where number = ${sql.value(this.number)}`)
    })
    if (this.#reverts !== null) this.#reverts += 1
  }

  /**
   * Stores why the deployment stopped. A deterministic failure moves the progress to the failing block, of which nothing else is
   * stored; any other leaves it where it is.
   * @param failures - the first is the one to tell; the others happened in the same block
   */
  async fail(failures: readonly [Failure, ...Failure[]], failing: BlockLink, head: BlockPtr): Promise<void> {
    const [{ isDeterministic }] = failures
    await this.#write(async (transaction) => {
      await transaction.run(sql`delete from heddle.errors where deployment = ${sql.value(this.number)} and is_fatal`)
      const errors = failures.map((failure) => ({ ...failure, isFatal: true }))
      await writeErrors(transaction, this.number, failing, errors)
      if (isDeterministic) await writeLinks(transaction, this.number, [failing])
      const moved = isDeterministic ? sql`${blockAssignments(failing)}, ` : sql.empty
      await transaction.run(sql`update heddle.deployments set ${moved}${headAssignments(head)}, health = 'failed'
        where number = ${sql.value(this.number)}`)
    })
  }

  /**
   * After a restart: takes back the failing block of a deterministic failure, so that it can be tried once more.
   * @returns whether there was one
   */
  async retryFailed(): Promise<boolean> {
    const { health, block } = await this.progress()
    const [failed] =
      await this.#postgres.run(sql`select 1 from heddle.errors where deployment = ${sql.value(this.number)}
      and is_fatal and is_deterministic and block_hash = ${hexValue(block?.hash)}`)
    if (health !== 'failed' || block === null || failed === undefined) return false
    const isFirst = block.number <= this.#deployment.startBlock
    await this.revertTo(isFirst ? null : { number: block.number - 1, hash: block.parentHash })
    return true
  }

  /**
   * Says by which rule blocks become final from now on.
   * @param finality - as `finalityText` writes it
   * @param settled - what it says of the chain as it is now. A final block moves back by it where it is another rule than the last one
   */
  async settleBy(finality: string, settled: Settled): Promise<void> {
    await this.#write(async (transaction) => {
      await transaction.run(sql`update heddle.deployments set finality = ${sql.value(finality)}, ${settledAnew(settled)}
        where number = ${sql.value(this.number)} and finality is distinct from ${sql.value(finality)}`)
    })
  }

  /** Stops the deployment until it is told to go on, or lets it; it is for the runner to look. */
  async setPaused(isPaused: boolean): Promise<void> {
    await this.#write(async (transaction) => {
      await transaction.run(sql`update heddle.deployments
        set paused_at = ${isPaused ? sql`coalesce(paused_at, now())` : sql`null`} where number = ${sql.value(this.number)}`)
    })
  }

  /**
   * Deletes versions that ended before the history that is to be kept, a bounded number of them. The earliest block moves first, so
   * whoever asks sees all of a block or is told that it is gone.
   * @param at - number of the last stored block
   * @returns whether more is to be deleted
   */
  async prune(at: number): Promise<boolean> {
    if (this.#toPrune.length === 0) {
      this.#history ??= await this.progress()
      if (nextEarliest(at, this.#history, this.#finality) === null) return false
      this.#history = await this.#write(async (transaction, progress) => {
        const next = nextEarliest(progress.block?.number ?? 0, progress, this.#finality)
        // A reorg may take back what is not final, and needs the versions that were current before it.
        if (next === null || next > (progress.final ?? next)) return progress
        await transaction.run(
          sql`update heddle.deployments set earliest_block = ${sql.value(next)} where number = ${sql.value(this.number)}`,
        )
        return { ...progress, earliestBlock: next }
      })
      this.#toPrune = [...this.layout.tables.values()].filter(({ isVersioned }) => isVersioned)
    }
    const [table, ...others] = this.#toPrune
    const earliest = this.#history?.earliestBlock
    if (table === undefined || earliest === undefined) return false
    const deleted = await this.#write((transaction) => transaction.change(pruneStatement(table, earliest)))
    if (deleted < pruneRows) this.#toPrune = others
    return this.#toPrune.length > 0
  }

  /** Remembers how far the chain is, when nothing else is to be written. */
  async setHead(head: BlockPtr): Promise<void> {
    await this.#postgres.run(
      sql`update heddle.deployments set ${headAssignments(head)} where number = ${sql.value(this.number)}
        and head_hash is distinct from ${hexValue(head.hash)}`,
      { name: 'heddle-set-head' },
    )
  }

  /** The deployment has caught up for the first time: builds the indexes a backfill does without. Later calls do nothing. */
  async setSynced(): Promise<void> {
    await this.#write(async (transaction, { isSynced }) => {
      if (isSynced) return
      await transaction.run(sql`set local maintenance_work_mem = '128MB'`)
      for (const statement of lateIndexes(this.layout)) await transaction.run(statement)
      await transaction.run(
        sql`update heddle.deployments set synced_at = now() where number = ${sql.value(this.number)}`,
      )
    })
    for (const table of this.layout.tables.values()) await this.#postgres.run(sql`analyze ${table.ident}`)
  }

  /** Throws the deployment away: rows, progress and names. The store is closed afterwards. */
  async drop(): Promise<void> {
    await this.#write(async (transaction) => {
      await transaction.run(sql`drop schema if exists ${sql.ident(this.layout.schemaName)} cascade`)
      await transaction.run(sql`delete from heddle.deployments where number = ${sql.value(this.number)}`)
    })
    await this.close()
  }

  /** Gives the lease back. The pool is its maker's to end. */
  async close(): Promise<void> {
    await this.#lease.release()
  }

  async #write<T>(
    work: (transaction: Transaction, progress: Progress) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    await this.#lease.hold()
    return this.#postgres
      .transaction(
        async (transaction) => {
          const progress = await lockProgress(transaction, {
            deployment: this.number,
            holder: this.#lease.holder,
            id: this.#deployment.id,
          })
          this.#requireKnown(progress)
          return work(transaction, progress)
        },
        { mayForget: true, ...options },
      )
      .catch(async (error: unknown) => {
        if (error instanceof StoreUnavailableError && error.facts.sqlState === readOnly) await this.#lease.doubt()
        throw error
      })
  }

  /** Whoever replaced rows has counted a revert that was not ours. @throws {@link StoreRewrittenError} once */
  #requireKnown({ reverts }: Progress): void {
    const isKnown = this.#reverts === null || this.#reverts === reverts
    this.#reverts = reverts
    if (isKnown) return
    this.#handledTime = null
    this.#history = null
    throw new StoreRewrittenError(this.#deployment.id)
  }

  /** A block went through at which the deployment had failed for a reason that may pass. */
  async #heal(transaction: Transaction, upTo: number): Promise<void> {
    const ours = sql`deployment = ${sql.value(this.number)}`
    await transaction.run(
      sql`delete from heddle.errors where ${ours} and is_fatal and block_number <= ${sql.value(upTo)}`,
    )
    await this.#setHealth(transaction)
  }

  async #setHealth(transaction: Transaction): Promise<void> {
    await transaction.run(
      sql`update heddle.deployments set health = ${healthOfErrors} where number = ${sql.value(this.number)}`,
    )
  }

  async #linkOf(transaction: Transaction, to: BlockPtr | BlockLink): Promise<BlockLink> {
    if ('parentHash' in to) return to
    const known = await findLink(transaction, this.number, { number: to.number })
    if (known?.hash === to.hash) return known
    return { ...to, parentHash: '0x', timestamp: 0 }
  }
}

/** How a deployment's rows are opened. */
export interface OpenOptions extends Partial<Omit<LeaseTerms, 'number' | 'id'>> {
  /** How far a graft has to stay behind its base. */
  readonly finality?: number
}

/**
 * Opens a deployment's rows for writing, making its tables if it is new.
 * @param options - see {@link OpenOptions}
 * @throws InvalidDeploymentError if it is to be grafted onto what cannot be its base; {@link DeploymentBusyError} if another process indexes it here; StoreFormatError if another Heddle's tables are there
 */
export async function openStore(
  postgres: Postgres,
  deployment: Deployment,
  { patienceMs = 5_000, finality = 250, silenceMs = 10_000, onStandBy, onLost, signal }: OpenOptions = {},
): Promise<Store> {
  await prepareMetadata(postgres)
  const prepared = await prepareDeployment(postgres, deployment, finality)
  const lease = new Lease(postgres, {
    number: prepared.number,
    id: deployment.id,
    patienceMs,
    silenceMs,
    ...(onStandBy === undefined ? {} : { onStandBy }),
    ...(onLost === undefined ? {} : { onLost }),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    await lease.take()
    return new Store(postgres, deployment, prepared, lease, finality)
  } catch (error) {
    await lease.release()
    throw error
  }
}

function requireLater(progress: BlockLink | null, batch: readonly BlockChanges[], links: readonly BlockLink[]): void {
  let last = progress?.number ?? -1
  for (const { block } of batch) {
    if (block.number <= last) throw new StoreMismatchError(`block ${block.number} was to be stored after block ${last}`)
    last = block.number
  }
  const end = links.at(-1)?.number ?? last
  if (end < last) throw new StoreMismatchError(`progress was to move to block ${end}, but block ${last} is stored`)
}

function mergeLinks(handled: readonly BlockLink[], links: readonly BlockLink[]): BlockLink[] {
  const byNumber = new Map([...handled, ...links].map((link) => [link.number, link]))
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}
