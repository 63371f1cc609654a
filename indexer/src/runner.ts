import { setTimeout as pause } from 'node:timers/promises'
import type { BlockPtr } from './chain/block.ts'
import type { Step } from './chain/step.ts'
import { Chapter, type End } from './chapter.ts'
import { instantiate, staticSources } from './deployment/data-source.ts'
import type { DataSource, Deployment } from './deployment/deployment.ts'
import { IndexerError, ReorgTooDeepError } from './errors.ts'
import { failureOf } from './failure.ts'
import type { RunnerRooms } from './runner-rooms.ts'
import type { Store } from './store/store.ts'
import { streamFilter } from './trigger/filter.ts'

const firstPauseMs = 250
const longestPauseMs = 5_000
const longestRefusalPauseMs = 10_000
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
