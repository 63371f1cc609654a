import { afterEach, describe, expect, it } from 'vitest'
import { aBlock, aHash, aHeader, aLogOf } from '../test/block.ts'
import { loadProbe } from '../test/mapping.ts'
import { scratchDatabase } from '../test/postgres.ts'
import { ScriptedStream } from '../test/scripted-stream.ts'
import type { Block, BlockPtr } from './chain/block.ts'
import type { Step } from './chain/step.ts'
import type { Deployment } from './deployment/deployment.ts'
import { createLog } from './log.ts'
import { answer, queryable } from './query/answer.ts'
import { apiSchema } from './query/schema.ts'
import { retryDelayMs, run } from './runner.ts'
import type { RunnerEvent, RunnerHabits, RunnerRooms, Stream } from './runner-rooms.ts'
import { readDeployments } from './store/deployments.ts'
import { createPostgres, type Postgres } from './store/postgres.ts'
import { openStore } from './store/store.ts'

const probe = await loadProbe()
const did = probe.deployment.dataSources[0]?.eventHandlers.find(({ handler }) => handler === 'handleDid')?.abi

/** A block in which the probe's contract says these things, one after the other. */
function aBlockOf(number: number, ...said: readonly string[]): Block {
  const header = { number, hash: aHash(number), parentHash: aHash(number - 1) }
  const logs = said.map((what, logIndex) => {
    if (!did) throw new Error('the probe has no event Did')
    const place = { blockHash: header.hash, blockNumber: number, transactionHash: aHash(number * 100 + logIndex) }
    const address = '0x2000000000000000000000000000000000000001'
    return aLogOf(
      did,
      { what, number: what === 'grow' ? 300_000_000n : 7n },
      { ...place, address, transactionIndex: logIndex, logIndex },
    )
  })
  return aBlock({ header, logs })
}

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

/** An index of the probe in a database of its own. */
async function anIndex(features: readonly string[] = []) {
  const database = await scratchDatabase()
  opened.push(database)
  const postgres = createPostgres(database.url, { max: 4 })
  opened.push({ [Symbol.asyncDispose]: () => postgres.end() })
  const deployment: Deployment = {
    ...probe.deployment,
    // Without its block handler, which would write in every block.
    dataSources: probe.deployment.dataSources.map((source) => ({ ...source, blockHandlers: [] })),
    features,
  }
  return new ScratchRun(postgres, deployment)
}

class ScratchRun {
  readonly postgres: Postgres
  readonly deployment: Deployment
  readonly events: RunnerEvent[] = []

  constructor(postgres: Postgres, deployment: Deployment) {
    this.postgres = postgres
    this.deployment = deployment
  }

  /** Runs until the runner ends, or until something has happened. */
  async run(
    blocks: readonly Block[],
    options: { head?: BlockPtr; habits?: RunnerHabits; until?: (event: RunnerEvent) => boolean } = {},
  ): Promise<void> {
    const { deployment, postgres } = this
    const store = await openStore(postgres, deployment)
    const stopping = new AbortController()
    await run(
      {
        deployment,
        store,
        stream: new ScriptedStream(blocks, options.head),
        chain: {
          chain: async (_, needs) => needs.map(() => null),
          blockFor: async (block) => block,
        },
        recogniseChain: async () => 'known',
        linkAt: async (number) => aHeader({ number }),
        log: createLog('silent'),
        onProgress: (event) => {
          this.events.push(event)
          if (options.until?.(event)) stopping.abort()
        },
        ...(options.habits ? { habits: options.habits } : {}),
      },
      stopping.signal,
    ).finally(() => store.close())
  }

  async status() {
    const [found] = await readDeployments(this.postgres)
    if (!found) throw new Error('nothing was deployed')
    return found
  }

  async ask(query: string) {
    const store = await openStore(this.postgres, this.deployment)
    await store.close()
    const asked = queryable(this.deployment.id, apiSchema(this.deployment.schema), store.layout, this.postgres)
    return JSON.parse((await answer({ query, variables: null }, asked)).body)
  }
}

const story = [aBlockOf(1, 'one'), aBlockOf(2, 'two', 'abort', 'i32 division of 0', 'three'), aBlockOf(3, 'four')]
const untilBlock = (number: number) => (event: RunnerEvent) =>
  event.kind === 'committed' && event.block.number === number
const goesOn = { goesOnAfterErrors: true }
const farHead = { number: 5000, hash: aHash(5000) }

describe('a handler that fails, where errors are fatal', () => {
  it('ends the deployment at its block, of which nothing is kept', async () => {
    const index = await anIndex()
    await index.run([aBlockOf(1, 'one'), aBlockOf(2, 'two', 'abort', 'assert', 'three'), aBlockOf(3, 'four')])

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'failed', block: { number: 2 } })
    expect(await index.ask('{ answers(subgraphError: allow) { id } }')).toEqual({
      data: { answers: [{ id: 'one' }] },
      errors: [{ message: 'indexing_error' }],
    })
    expect(errors.map(({ handler, block, isDeterministic }) => ({ handler, block, isDeterministic }))).toEqual(
      [1, 2].map(() => ({ handler: 'handleDid', block: { number: 2, hash: aHash(2) }, isDeterministic: true })),
    )
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^transaction 0{62}c9: error while executing at wasm backtrace:\t {4}0: +0x[0-9a-f]+ - <unknown>!src\/probe\/handleDid: Mapping aborted at src\/probe.ts, line \d+, column \d+, with message: enough of this$/,
      ),
      expect.stringContaining('no such luck'),
    ])
  })

  it('leaves the blocks before readable without a word', async () => {
    const index = await anIndex()
    await index.run(story)

    expect(await index.ask('{ answers { id } }')).toEqual({ errors: [{ message: 'indexing_error' }] })
    expect(await index.ask('{ answers(block: { number: 1 }) { id } }')).toEqual({ data: { answers: [{ id: 'one' }] } })
  })

  it('is tried once more after a restart', async () => {
    const index = await anIndex()
    await index.run(story)
    await index.run([aBlockOf(1, 'one'), aBlockOf(2, 'two'), aBlockOf(3, 'four')], { until: untilBlock(3) })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'healthy', block: { number: 3 } })
    expect(errors).toEqual([])
    expect(await index.ask('{ answers { id } }')).toEqual({
      data: { answers: [{ id: 'four' }, { id: 'one' }, { id: 'two' }] },
    })
  })

  it('and fails again where it fails again', async () => {
    const index = await anIndex()
    await index.run(story)
    await index.run(story)

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'failed', block: { number: 2 } })
    expect(errors).toHaveLength(1)
  })
})

describe('a handler that fails, with nonFatalErrors', () => {
  it('takes only its own writes with it', async () => {
    const index = await anIndex(['nonFatalErrors'])
    await index.run(story, { habits: goesOn, until: untilBlock(3) })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'unhealthy', block: { number: 3 }, isPaused: false })
    expect(errors).toMatchObject([
      { handler: 'handleDid', isDeterministic: true, isFatal: false, block: { number: 2, hash: aHash(2) } },
    ])
    expect(await index.ask('{ answers(subgraphError: allow) { id } }')).toEqual({
      data: { answers: ['four', 'i32 division of 0', 'one', 'three', 'two'].map((id) => ({ id })) },
      errors: [{ message: 'indexing_error' }],
    })
    expect(await index.ask('{ answers { id } _meta { hasIndexingErrors } }')).toEqual({
      data: { _meta: { hasIndexingErrors: true } },
      errors: [{ message: 'indexing_error' }],
    })
  })

  it('may be one that writes more than a block may', async () => {
    const index = await anIndex(['nonFatalErrors'])
    await index.run([aBlockOf(1, 'one', 'two')], {
      habits: { maxBlockBytes: 0, goesOnAfterErrors: true },
      until: untilBlock(1),
    })

    const { errors } = await index.status()
    expect(errors).toMatchObject([{ message: expect.stringContaining('exceeded block write limit') }, {}])
  })

  it('pauses a deployment that has not caught up, once the block is stored', async () => {
    const index = await anIndex(['nonFatalErrors'])
    await index.run(story, { head: farHead })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'unhealthy', block: { number: 2 }, isPaused: true })
    expect(errors).toHaveLength(1)
    expect(index.events.at(-1)).toEqual({ kind: 'paused' })

    await index.run(story, { head: farHead })
    expect((await index.status()).progress).toMatchObject({ block: { number: 2 }, isPaused: true })

    await index.run(story, { head: farHead, habits: goesOn, until: untilBlock(3) })
    expect((await index.status()).progress).toMatchObject({ block: { number: 3 }, isPaused: false })
  })

  it('does not pause one that has', async () => {
    const index = await anIndex(['nonFatalErrors'])
    await index.run(story, { until: untilBlock(3) })

    expect((await index.status()).progress).toMatchObject({
      health: 'unhealthy',
      block: { number: 3 },
      isPaused: false,
    })
  })

  it('is forgotten when its block is', async () => {
    const index = await anIndex(['nonFatalErrors'])
    await index.run(story, { habits: goesOn, until: untilBlock(3) })
    const store = await openStore(index.postgres, index.deployment)
    await store.revertTo({ number: 1, hash: aHash(1) })
    await store.close()

    const { progress, errors } = await index.status()
    expect(progress.health).toBe('healthy')
    expect(errors).toEqual([])
  })
})

describe('a failure that graph-node is not sure of', () => {
  const doubtful = [aBlockOf(1, 'one'), aBlockOf(2, 'two', 'missing field'), aBlockOf(3, 'four')]

  it('stops before its block and keeps trying, more and more slowly', async () => {
    const index = await anIndex(['nonFatalErrors'])
    const delays: number[] = []
    const habits = {
      retryDelayMs: (attempt: number) => {
        delays.push(attempt)
        return 1
      },
    }
    let failures = 0
    await index.run(doubtful, { habits, until: ({ kind }) => kind === 'failed' && ++failures === 3 })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'failed', block: { number: 1 } })
    expect(errors).toMatchObject([{ isDeterministic: false, isFatal: true, handler: null, block: { number: 2 } }])
    expect(delays.slice(0, 2)).toEqual([0, 1])
    expect(await index.ask('{ answers { id } _meta { hasIndexingErrors } }')).toEqual({
      data: { answers: [{ id: 'one' }], _meta: { hasIndexingErrors: false } },
    })
  })

  it.each([
    [0, 0.5, 120_000],
    [3, 0.5, 960_000],
    [30, 0.5, 1_000_000],
    [0, 0, 60_000],
    [30, 1, 1_500_000],
  ])('is tried again after a pause that doubles up to a ceiling, more or less: %i, %d', (attempt, random, pauseMs) => {
    expect(retryDelayMs(attempt, { ceilingMs: 1_000_000, jitter: 0.5 }, () => random)).toBe(pauseMs)
  })

  it('may be that a handler takes too long', async () => {
    const index = await anIndex()
    const slow = [aBlockOf(1, 'one'), aBlockOf(2, 'grow')]
    await index.run(slow, { habits: { timeLimitMs: 5 }, until: ({ kind }) => kind === 'failed' })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'failed', block: { number: 1 } })
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining("Handler 'handleDid' hit the timeout of '0.005' seconds"),
        isDeterministic: false,
      },
    ])
  })

  it('is forgotten once the block goes through', async () => {
    const index = await anIndex()
    await index.run(doubtful, { until: ({ kind }) => kind === 'failed' })
    await index.run([aBlockOf(1, 'one'), aBlockOf(2, 'two')], { until: untilBlock(2) })

    const { progress, errors } = await index.status()
    expect(progress).toMatchObject({ health: 'healthy', block: { number: 2 } })
    expect(errors).toEqual([])
  })
})

describe('a reorg below the final block', () => {
  const blocks = [1, 2, 3].map((number) => aBlockOf(number, 'one'))

  /** Brings what is missing up to block 3, of which 2 is final, and then has nothing of it but block 1. */
  class ReplacedStream implements Stream {
    #at = -1

    resume(from: BlockPtr | null): void {
      this.#at = from?.number ?? -1
    }

    async next(): Promise<Step> {
      const head = { number: 1, hash: aHash(1) }
      if (this.#at >= 3) return { kind: 'revert', to: head, head }
      const missing = blocks.filter(({ header }) => header.number > this.#at)
      this.#at = 3
      const settled = { final: 2, safe: null }
      return { kind: 'blocks', blocks: missing, links: missing.map(({ header }) => header), head, settled }
    }
  }

  /** Runs until the runner has said this for the third time. */
  async function replaced(until: string, rooms: Partial<RunnerRooms>) {
    const index = await anIndex()
    const stopping = new AbortController()
    const told: string[] = []
    const hear = (event: string) => {
      told.push(event)
      if (told.filter((one) => one === until).length === 3) stopping.abort()
    }
    const store = await openStore(index.postgres, index.deployment)
    const stop = run(
      {
        deployment: index.deployment,
        store,
        stream: new ReplacedStream(),
        chain: { chain: async (_, needs) => needs.map(() => null), blockFor: async (block) => block },
        recogniseChain: async () => 'known',
        linkAt: async (number) => aHeader({ number }),
        log: { debug: hear, info: hear, warn: hear, error: hear },
        onProgress: ({ kind }) => hear(kind),
        habits: { retryDelayMs: () => 1 },
        ...rooms,
      },
      stopping.signal,
    )
    await stop.finally(() => store.close())
    const { progress, errors } = await index.status()
    return { told, health: progress.health, at: progress.block?.number, errors: errors.map(({ message }) => message) }
  }

  it('stops the deployment where it must not be followed, and looks again from time to time', async () => {
    const { told, health, at, errors } = await replaced('failed', { mayReplaceFinal: false })
    expect({ health, at }).toEqual({ health: 'failed', at: 3 })
    expect(errors).toEqual([expect.stringContaining('was replaced below block 2')])
    expect(told).not.toContain('reverted')
  })

  it('waits for a node that has no block of that number: it may be syncing anew', async () => {
    const { health, at, errors } = await replaced('chain.behind', { mayReplaceFinal: false, linkAt: async () => null })
    expect({ health, at, errors }).toEqual({ health: 'healthy', at: 3, errors: [] })
  })

  it('is followed in development, and said', async () => {
    const { told, health } = await replaced('reverted', { mayReplaceFinal: true })
    expect(told.filter((one) => one === 'chain.finalReplaced').length).toBeGreaterThan(0)
    expect(health).toBe('healthy')
  })
})
