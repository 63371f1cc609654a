import { setTimeout as pause } from 'node:timers/promises'
import type { Block, BlockLink, BlockPtr } from './chain/block.ts'
import { type Settled, unsettled } from './chain/finality.ts'
import type { Step } from './chain/step.ts'
import { instantiate, staticSources } from './deployment/data-source.ts'
import type { DataSource, Deployment } from './deployment/deployment.ts'
import type { BlockChanges } from './entity/change.ts'
import { estimateBytes } from './entity/known.ts'
import { IndexerError, ReorgTooDeepError, StoreConstraintError } from './errors.ts'
import { Execution, type ExecutionLimits, type Reach } from './execution.ts'
import { type FetchFile, WaitingFiles } from './files/waiting-files.ts'
import type { Log } from './log.ts'
import type { Failure, Store } from './store/store.ts'
import { streamFilter } from './trigger/filter.ts'
import type { Tally, Work } from './work.ts'

/** What the runner drives; each is built and owned by `member/index-deployment.ts`. */
export interface RunnerRooms {
  readonly deployment: Deployment
  readonly store: Store
  readonly stream: Stream
  /** Answers of the chain; those of the store the runner adds itself. */
  readonly chain: Pick<Reach, 'chain' | 'blockFor' | 'ipfs'>
  /** Whether the node follows the chain the index was built on. Throws where a replaced one must not be followed. */
  readonly recogniseChain: () => Promise<'known' | 'replaced'>
  /** The chain's block of a number, null if it has none: where a graft begins. */
  readonly linkAt: (number: number) => Promise<BlockLink | null>
  /** Whether what is final may be indexed anew when the chain was replaced below it; if not, the deployment stops there. */
  readonly mayReplaceFinal?: boolean
  /** Where files come from; absent: none ever comes. */
  readonly fetchFile?: FetchFile
  readonly log: Log
  /** Called after every commit, revert and failure. */
  readonly onProgress: (event: RunnerEvent) => void
  readonly habits?: RunnerHabits
}

/** What an operator may change. */
export interface RunnerHabits extends ExecutionLimits {
  /** Pause before a file that was not found is asked for again, for the n-th time from 0. */
  readonly fileRetryDelayMs?: (attempt: number) => number
  /** Go on after errors of `nonFatalErrors` even before the chain's head was reached. */
  readonly goesOnAfterErrors?: boolean
  /** How long to wait before the n-th time (from 0) that a block is tried which failed for a reason that may pass. */
  readonly retryDelayMs?: (attempt: number) => number
}

/** The part of `BlockStream` that the runner uses. */
export interface Stream {
  resume(from: BlockPtr | null, startBlock: number, filter: ReturnType<typeof streamFilter>): void
  next(signal: AbortSignal): Promise<Step>
  /** What was read ahead. */
  readonly ahead?: { readonly ranges: number; readonly bytes: number }
}

export type RunnerEvent =
  | {
      readonly kind: 'committed'
      /** What was done since the last one, and what was read ahead for the next. */
      readonly work: Work
      readonly ahead: { readonly ranges: number; readonly bytes: number }
      readonly block: BlockLink
      readonly head: BlockPtr
      readonly changes: number
      readonly seconds: number
    }
  | {
      readonly kind: 'reverted'
      readonly to: BlockPtr | null
      readonly head: BlockPtr
      /** How many blocks were taken back. */
      readonly depth: number
    }
  | { readonly kind: 'failed'; readonly error: IndexerError }
  | { readonly kind: 'paused' }
  /** It has caught up with its chain, perhaps not for the first time. */
  | { readonly kind: 'synced' }

/** How close to the head a deployment has to come to count as synced. */
const syncedWithin = 10
/** A commit is due when this many changes wait, whatever is still to come of the step. */
const commitChanges = 20_000
/** And when they take this much memory, about. */
const commitBytes = 64 * 1024 * 1024
const firstPauseMs = 250
const longestPauseMs = 5_000
const longestRefusalPauseMs = 10_000
/** How long old versions may be deleted before the next block has its turn. */
const pruneMs = 100
/** How long a deployment that stopped below a final block waits before it looks whether the chain is another again. */
const longestDepthPauseMs = 60_000
/** A node that is in the middle of a reorg needs a moment. */
const rewindPauseMs = 50

/**
 * How long graph-node waits before it tries a block again: from two minutes, doubling up to a ceiling, and now a little less, now a
 * little more, so that not all deployments that met one outage ask at the same instant.
 * @param attempt - from 0
 * @param jitter - by which part of itself a pause may be shorter or longer
 */
export function retryDelayMs(
  attempt: number,
  { ceilingMs = 3_600_000, jitter = 0.2 }: { readonly ceilingMs?: number; readonly jitter?: number } = {},
  random: () => number = Math.random,
): number {
  return Math.min(120_000 * 2 ** attempt, ceilingMs) * (1 + jitter * (2 * random() - 1))
}

/**
 * The loop: step → triggers → handlers → commit, or revert. Nothing it holds in memory is needed to go on: after any error
 * it starts again from what the store says.
 * @returns when the signal ends it, when a deterministic failure has stopped the deployment, or while it is paused
 * @throws what no waiting heals: errors whose remedy is `crash`, and whatever is no IndexerError
 */
export async function run(rooms: RunnerRooms, signal: AbortSignal): Promise<void> {
  const delayMs = rooms.habits?.retryDelayMs ?? retryDelayMs
  let failures = 0
  let doubts = 0
  let isReady = false
  while (!signal.aborted) {
    try {
      if (!isReady && (await wake(rooms)) === 'paused') return
      isReady = true
      const end = await follow(rooms, signal, () => {
        failures = 0
        doubts = 0
      })
      if (end !== 'doubted' && end !== 'refused' && end !== 'tooDeep') return
      const slowly = delayMs(doubts++)
      const longestMs = { doubted: slowly, refused: longestRefusalPauseMs, tooDeep: longestDepthPauseMs }[end]
      const waitMs = Math.min(slowly, longestMs)
      await pause(waitMs, undefined, { signal }).catch(() => undefined)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof IndexerError) || error.remedy === 'crash' || error.remedy === 'fail') throw error
      const waitMs = error.remedy === 'rewind' ? rewindPauseMs : Math.min(firstPauseMs * 2 ** failures, longestPauseMs)
      failures += 1
      rooms.log.warn('runner.restarted', { error, waitMs })
      await pause(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** What a restart changes: a failing block is tried once more, and a paused deployment goes on where errors no longer pause it. */
async function wake({ store, habits, onProgress }: RunnerRooms): Promise<'awake' | 'paused'> {
  if ((await store.progress()).isPaused) {
    if (habits?.goesOnAfterErrors !== true) {
      onProgress({ kind: 'paused' })
      return 'paused'
    }
    await store.setPaused(false)
  }
  await store.retryFailed()
  return 'awake'
}

/**
 * Why the runner no longer follows the chain. `doubted`: at a failure that another attempt may not meet. `refused`: the tables
 * refuse what a block wrote, and do so again unless a reorg takes the block away. `tooDeep`: the chain contradicts what is final here,
 * unless its node is mistaken.
 */
type End = 'failed' | 'doubted' | 'refused' | 'paused' | 'tooDeep'

/** Follows the chain from where the store stands, until something goes wrong or the signal ends it. */
async function follow(rooms: RunnerRooms, signal: AbortSignal, onStep: () => void): Promise<End | null> {
  const chapter = new Chapter(rooms)
  try {
    return await followIn(chapter, rooms, signal, onStep)
  } finally {
    chapter.stop()
  }
}

async function followIn(
  chapter: Chapter,
  rooms: RunnerRooms,
  signal: AbortSignal,
  onStep: () => void,
): Promise<End | null> {
  const { deployment, store, stream } = rooms
  if ((await rooms.recogniseChain()) === 'replaced') await store.revertTo(null)
  await store.takeOver(rooms.linkAt)
  let sources = await readSources(deployment, store)
  const resume = (from: BlockPtr | null) => stream.resume(from, deployment.startBlock, streamFilter(sources))
  resume((await store.progress()).block)
  await chapter.awaitFiles()
  while (!signal.aborted) {
    const askedAt = performance.now()
    const step = await stream.next(signal)
    chapter.tally.add('fetch', askedAt)
    if (step.kind === 'revert') {
      if (step.to === null) await rooms.recogniseChain()
      if (await isTooDeep(rooms, step)) return 'tooDeep'
      const { block: from } = await store.progress()
      await store.revertTo(step.to)
      chapter.forget()
      await store.takeOver(rooms.linkAt)
      sources = await readSources(deployment, store)
      resume((await store.progress()).block)
      await chapter.awaitFiles()
      const depth = Math.max(0, (from?.number ?? 0) - (step.to?.number ?? deployment.startBlock - 1))
      rooms.onProgress({ kind: 'reverted', to: step.to, head: step.head, depth })
    } else {
      const grown = await chapter.run(step, sources)
      if (typeof grown === 'string') return grown
      if (grown !== null) {
        sources = [...sources, ...grown.sources]
        resume(grown.at)
      }
    }
    onStep()
  }
  return null
}

/**
 * Whether a reorg goes below the final block, where it must not be followed; that is then stored. A node that has no block of our
 * number is not yet another chain: it may be syncing anew.
 */
async function isTooDeep(rooms: RunnerRooms, { to, head }: Extract<Step, { kind: 'revert' }>): Promise<boolean> {
  const { deployment, store, log, linkAt, onProgress, mayReplaceFinal = true } = rooms
  const { block: ours, final } = await store.progress()
  if (ours === null || final === null || (to?.number ?? deployment.startBlock - 1) >= final) return false
  const there = await linkAt(ours.number)
  const theirs = there && { number: there.number, hash: there.hash }
  const shared = to && { number: to.number, hash: to.hash }
  const error = new ReorgTooDeepError({
    network: deployment.network,
    ours: { number: ours.number, hash: ours.hash },
    theirs,
    shared,
    final,
  })
  if (mayReplaceFinal) {
    log.warn('chain.finalReplaced', { ...error.facts })
    return false
  }
  if (there === null) {
    log.warn('chain.behind', { ...error.facts, head })
    return true
  }
  await store.fail([failureOf(error)], ours, head)
  onProgress({ kind: 'failed', error })
  return true
}

async function readSources(deployment: Deployment, store: Store): Promise<DataSource[]> {
  const grown = await store.sources()
  return [...staticSources(deployment), ...grown.map((source) => instantiate(deployment, source, source.createdAt))]
}

type BlocksStep = Extract<Step, { kind: 'blocks' }>

/** Data sources that a block created: whatever was fetched beyond it was fetched without them. */
interface Grown {
  readonly at: BlockPtr
  readonly sources: readonly DataSource[]
}

/** Handles the blocks of steps and commits them, many in one transaction while far behind. */
class Chapter {
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

function failureOf(error: IndexerError): Failure {
  const facts = error.facts as Partial<FailureFacts>
  const { handler = null, reason = error.message, chain = reason, isDeterministic = false } = facts
  // graph-node names the handler only where any indexer would stop.
  return { message: chain, handler: isDeterministic ? handler : null, isDeterministic }
}

/** What errors that end a deployment say of themselves, where they can. */
interface FailureFacts {
  readonly handler: string
  readonly reason: string
  readonly chain: string
  readonly isDeterministic: boolean
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
