import type { Block, BlockLink, BlockPtr } from './chain/block.ts'
import { type Settled, unsettled } from './chain/finality.ts'
import type { Step } from './chain/step.ts'
import { instantiate, staticSources } from './deployment/data-source.ts'
import type { DataSource } from './deployment/deployment.ts'
import type { BlockChanges } from './entity/change.ts'
import { estimateBytes } from './entity/known.ts'
import { IndexerError, StoreConstraintError } from './errors.ts'
import { Execution } from './execution.ts'
import { failureOf } from './failure.ts'
import { WaitingFiles } from './files/waiting-files.ts'
import type { RunnerRooms } from './runner-rooms.ts'
import { streamFilter } from './trigger/filter.ts'
import type { Tally } from './work.ts'

/** How close to the head a deployment has to come to count as synced. */
const syncedWithin = 10
/** A commit is due when this many changes wait, whatever is still to come of the step. */
const commitChanges = 20_000
/** And when they take this much memory, about. */
const commitBytes = 64 * 1024 * 1024
/** How long old versions may be deleted before the next block has its turn. */
const pruneMs = 100

/**
 * Why the runner no longer follows the chain. `doubted`: at a failure that another attempt may not meet. `refused`: the tables
 * refuse what a block wrote, and do so again unless a reorg takes the block away. `tooDeep`: the chain contradicts what is final here,
 * unless its node is mistaken.
 */
export type End = 'failed' | 'doubted' | 'refused' | 'paused' | 'tooDeep'

type BlocksStep = Extract<Step, { kind: 'blocks' }>

/** Data sources that a block created: whatever was fetched beyond it was fetched without them. */
interface Grown {
  readonly at: BlockPtr
  readonly sources: readonly DataSource[]
}

/** Handles the blocks of steps and commits them, many in one transaction while far behind. */
export class Chapter {
  readonly #rooms: RunnerRooms
  readonly #execution: Execution
  #pending: BlockChanges[] = []
  #pendingChanges = 0
  #pendingBytes = 0
  #files: WaitingFiles
  #isSynced = false
  #head: BlockPtr | null = null
  #settled: Settled = unsettled
  #startedAt = performance.now()

  constructor(rooms: RunnerRooms) {
    this.#rooms = rooms
    this.#files = this.#noFiles()
    const { store, chain } = rooms
    this.#execution = new Execution(
      rooms.deployment,
      {
        ...chain,
        entities: async (keys) => {
          const found = await store.read(keys)
          return keys.map(({ type, id }) => found.get(`${type}/${id}`) ?? null)
        },
        related: async ({ type, id, field }) => {
          await this.#commit()
          return store.readRelated(type, id, field)
        },
        ensLabels: (hashes) => store.ensLabels(hashes),
      },
      rooms.log,
      rooms.habits,
    )
  }

  get tally(): Tally {
    return this.#execution.tally
  }

  forget(): void {
    this.#execution.forget()
    this.#files.stop()
    this.#files = this.#noFiles()
    this.#pending = []
    this.#pendingChanges = 0
    this.#pendingBytes = 0
  }

  /** Begins to fetch the files that wait in the store, but for those that are being fetched. */
  async awaitFiles(): Promise<void> {
    const { deployment, store } = this.#rooms
    if (!deployment.templates.some(({ fileHandler }) => fileHandler !== undefined)) return
    const waiting = await store.waitingFiles(this.#files.newest)
    this.#files.add(
      waiting.map((file) => ({ region: file.region, source: instantiate(deployment, file, file.createdAt) })),
    )
  }

  /** Lets go of what it fetches. */
  stop(): void {
    this.#files.stop()
  }

  #noFiles(): WaitingFiles {
    const { fetchFile = async () => null, log, habits } = this.#rooms
    const delay = habits?.fileRetryDelayMs
    return new WaitingFiles(fetchFile, log, delay === undefined ? {} : { retryDelayMs: delay })
  }

  /** @returns the sources a block created, null if none did, or why it went no further */
  async run(step: BlocksStep, sources: readonly DataSource[]): Promise<Grown | End | null> {
    try {
      return await this.#runBlocks(step, sources)
    } catch (error) {
      if (!(error instanceof BlockFailure)) throw error
      return this.#fail(error.reasons, error.block, step.head)
    }
  }

  async #runBlocks(
    { blocks, links, head, settled = unsettled }: BlocksStep,
    sources: readonly DataSource[],
  ): Promise<Grown | End | null> {
    const { deployment, store, habits, onProgress } = this.#rooms
    this.#head = head
    this.#settled = settled
    for (const [index, block] of blocks.entries()) {
      const changes = await this.#withFiles(await this.#handle(block, blocks.slice(index + 1), sources))
      const { number } = changes.block
      const hasErrors = changes.errors !== undefined
      this.#pending.push(changes)
      this.#pendingChanges += changes.changes.length
      this.#pendingBytes += weightOf(changes)
      if (hasErrors || changes.newSources.length > 0) await this.#commit(links.filter((link) => link.number <= number))
      if (hasErrors && !habits?.goesOnAfterErrors && !(await store.progress()).isSynced) {
        await store.setPaused(true)
        onProgress({ kind: 'paused' })
        return 'paused'
      }
      if (changes.newSources.length > 0) {
        return {
          at: changes.block,
          sources: changes.newSources.map((source) => instantiate(deployment, source, number)),
        }
      }
      if (this.#pendingChanges >= commitChanges || this.#pendingBytes >= commitBytes) await this.#commit()
    }
    const last = links.at(-1)
    if (last !== undefined && last.number > (blocks.at(-1)?.header.number ?? -1) && this.#files.hasReady) {
      this.#pending.push(await this.#withFiles({ block: last, changes: [], newSources: [] }))
    }
    await this.#commit(links)
    return null
  }

  async #handle(block: Block, upcoming: readonly Block[], sources: readonly DataSource[]): Promise<BlockChanges> {
    const failure = (reasons: BlockFailure['reasons']) => new BlockFailure(reasons, block.header)
    try {
      const changes = await this.#execution.runBlock(block, upcoming, sources)
      const [first, ...more] = changes.errors ?? []
      if (first === undefined || this.#rooms.deployment.features.includes('nonFatalErrors')) return changes
      throw failure([first, ...more])
    } catch (error) {
      const failed = error instanceof IndexerError && error.remedy === 'fail' ? failure([error]) : error
      // What the blocks before it did is not to blame.
      if (failed instanceof BlockFailure) await this.#commit()
      throw failed
    }
  }

  /** Lets the handlers of files that have come run behind a block. */
  async #withFiles(changes: BlockChanges): Promise<BlockChanges> {
    if (!this.#files.hasReady) return changes
    try {
      return await this.#execution.runFiles(this.#files.take(), changes)
    } catch (error) {
      if (!(error instanceof IndexerError) || error.remedy !== 'fail') throw error
      await this.#commit()
      throw new BlockFailure([error], changes.block)
    }
  }

  /** @param links - blocks seen on the way; without them, progress moves to the last pending block */
  async #commit(links: readonly BlockLink[] = []): Promise<void> {
    const last = links.at(-1) ?? this.#pending.at(-1)?.block
    if (this.#head === null || last === undefined) return
    const startedAt = performance.now()
    try {
      await this.#rooms.store.commit(this.#pending, links, this.#head, this.#settled)
    } catch (error) {
      if (!(error instanceof StoreConstraintError)) throw error
      await this.#commitOneByOne(this.#head)
    }
    this.tally.add('write', startedAt)
    await this.#committed(last, this.#head)
  }

  /** Finds the block whose rows the tables refuse, and stores those before it. */
  async #commitOneByOne(head: BlockPtr): Promise<void> {
    for (const changes of this.#pending) {
      try {
        await this.#rooms.store.commit([changes], [], head)
      } catch (error) {
        if (error instanceof StoreConstraintError) throw new BlockFailure([error], changes.block)
        throw error
      }
    }
  }

  async #committed(last: BlockLink, head: BlockPtr): Promise<void> {
    this.#execution.cache.committed(last.number)
    const seconds = (performance.now() - this.#startedAt) / 1000
    const { onProgress, stream } = this.#rooms
    const ahead = stream.ahead ?? { ranges: 0, bytes: 0 }
    const work = this.tally.take()
    onProgress({ kind: 'committed', block: last, head, changes: this.#pendingChanges, seconds, work, ahead })
    this.#startedAt = performance.now()
    if (this.#pending.some(({ files }) => files !== undefined && files.created.length > 0)) await this.awaitFiles()
    this.#pending = []
    this.#pendingChanges = 0
    this.#pendingBytes = 0
    await this.#prune(last.number)
    const { lastBlock = Number.POSITIVE_INFINITY } = streamFilter(staticSources(this.#rooms.deployment))
    if (this.#isSynced || (head.number - last.number > syncedWithin && last.number < lastBlock)) return
    await this.#rooms.store.setSynced()
    this.#isSynced = true
    this.#rooms.onProgress({ kind: 'synced' })
  }

  /** A little after each commit, so that it is never much at once. */
  async #prune(at: number): Promise<void> {
    const until = performance.now() + pruneMs
    while ((await this.#rooms.store.prune(at)) && performance.now() < until);
  }

  async #fail([error, ...others]: BlockFailure['reasons'], at: BlockLink, head: BlockPtr): Promise<End> {
    const failure = failureOf(error)
    await this.#rooms.store.fail([failure, ...others.map(failureOf)], at, head)
    this.#rooms.onProgress({ kind: 'failed', error })
    if (failure.isDeterministic) return 'failed'
    return error instanceof StoreConstraintError ? 'refused' : 'doubted'
  }
}

/** About how many bytes of memory they take. */
function weightOf({ changes }: BlockChanges): number {
  return changes.reduce((sum, change) => sum + (change.kind === 'remove' ? 0 : estimateBytes(change.entity)), 0)
}

/** A block that no attempt will get through. */
class BlockFailure {
  /** In the order they happened; the first is the one to tell. */
  readonly reasons: readonly [IndexerError, ...IndexerError[]]
  readonly block: BlockLink

  constructor(reasons: BlockFailure['reasons'], block: BlockLink) {
    this.reasons = reasons
    this.block = block
  }
}
