import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@heddle/indexer/postgres'
import pg from 'pg'
import { createDatabaseSql } from '../../indexer/src/store/embedded.ts'
import { type Chain, startChain } from './chain.ts'
import type { Entry, Prepared } from './entry.ts'
import { startGraphNode } from './graph-node.ts'
import { startIpfs } from './ipfs.ts'
import { startOurs } from './ours.ts'
import type { Runtime } from './runtime.ts'
import { compileContracts } from './solidity.ts'

/** One chain, and both on it, running the same builds. */
export interface World {
  readonly chain: Chain
  readonly theirs: Runtime
  readonly ours: Runtime
  /** Takes the last blocks away and plays others. */
  reorg(): Promise<void>
  stop(): Promise<void>
}

export type WorldOptions = {
  readonly binary: string
  readonly entries: readonly Entry[]
  /** Told of what takes long. */
  readonly onStep: (what: string) => void
}

/** Starts all parts, in the order they need each other; what was started is stopped in the opposite order. */
export async function startWorld({ binary, entries, onStep }: WorldOptions): Promise<World> {
  const opened: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  try {
    const home = await mkdtemp(join(tmpdir(), 'heddle-parity-'))
    await chmod(home, 0o755)
    opened.push(() => rm(home, { recursive: true, force: true }))

    const contracts = await compileContracts()
    onStep('compiled')
    const chain = await startChain()
    opened.push(() => chain.stop())
    const prepared: Prepared[] = []
    const folders = entries.map(({ name }) => join(home, 'builds', name))
    await mkdir(join(home, 'builds'))
    for (const [index, entry] of entries.entries()) {
      prepared.push(await entry.prepare({ chain, contracts, folder: folders[index] ?? home }))
    }
    onStep('deployed')
    const [undo] = await Promise.all([tell(chain, prepared), buildAll(prepared)])
    onStep('built, and played')

    const dataDir = join(home, 'postgres')
    const postgres = await startEmbeddedPostgres({ dataDir, database: 'graph', durable: false })
    opened.push(async () => {
      await postgres.stop()
      await removeEmbeddedPostgres(dataDir)
    })
    const ipfs = await startIpfs(new Map())
    opened.push(() => ipfs.stop())
    const oursUrl = await secondDatabase(postgres.url)

    const logFolder = join(import.meta.dirname, 'build')
    const theirs = await startGraphNode({
      rpcUrl: chain.rpcUrl,
      ipfsUrl: ipfs.url,
      binary,
      postgresUrl: postgres.url,
      folders,
      workFolder: home,
      logFile: join(logFolder, 'graph-node.log'),
    })
    opened.push(() => theirs.stop())
    const ours = await startOurs({
      rpcUrl: chain.rpcUrl,
      postgresUrl: oursUrl,
      builds: entries.map(({ name }, index) => ({
        name,
        manifest: join(folders[index] ?? '', 'build/subgraph.yaml'),
      })),
      dataDir: join(home, 'ours'),
      logFile: join(logFolder, 'heddle.log'),
    })
    opened.push(() => ours.stop())
    onStep('both started')
    return { chain, theirs, ours, stop, reorg: () => undo().then(() => retell(chain, prepared)) }
  } catch (error) {
    await stop()
    throw error
  }
}

async function buildAll(prepared: readonly Prepared[]): Promise<void> {
  const left = [...prepared]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next.build()
  }
  await Promise.all([worker(), worker()])
}

/**
 * All stories side by side, up to the head that is compared first: the blocks that a reorg will take away are part of it.
 * @returns how to take them away
 */
async function tell(chain: Chain, prepared: readonly Prepared[]): Promise<() => Promise<void>> {
  await chain.takeControl()
  await chain.mine()
  await play(
    chain,
    prepared.map(({ blocks }) => blocks),
  )
  const undo = await chain.mark()
  await play(
    chain,
    prepared.map(({ orphaned = [] }) => orphaned),
  )
  return undo
}

async function retell(chain: Chain, prepared: readonly Prepared[]): Promise<void> {
  await play(
    chain,
    prepared.map(({ kept = [] }) => kept),
    7,
  )
  // A branch that is taken for the better one has to be the longer one.
  for (let more = 0; more < 3; more++) await chain.mine(7)
}

/** Seconds between blocks, over and over: within the hour, over hours, over a day. */
const pauses = [12, 12, 1_700, 12, 10_800, 1, 86_400]

async function play(chain: Chain, stories: readonly Prepared['blocks'][], seconds?: number): Promise<void> {
  const count = Math.max(...stories.map((blocks) => blocks.length), 0)
  for (let index = 0; index < count; index++) {
    for (const blocks of stories) for (const call of blocks[index] ?? []) await chain.send(call)
    await chain.mine(seconds ?? pauses[index % pauses.length])
  }
}

async function secondDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(createDatabaseSql('heddle'))
    return new URL('/heddle', url).href
  } finally {
    await client.end()
  }
}
