import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@heddle/indexer/postgres'
import pg from 'pg'
import { createDatabaseSql } from '../../indexer/src/store/embedded.ts'
import { type Chain, startChain } from './chain.ts'
import { upload } from './deploy.ts'
import type { Entry, Known, Prepared } from './entry.ts'
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
  /** Where the build of an entry is. */
  folderOf(entry: Entry): string
  /** Where both find what is kept. */
  readonly places: Pick<Known, 'put' | 'putBelow' | 'nameLabels'>
  /** Takes the last blocks away and plays others. */
  reorg(): Promise<void>
  /** One more reorg that stories tell of, counted from 0; null after the last. */
  fork(index: number): Fork | null
  stop(): Promise<void>
}

export interface Fork {
  /** How many blocks will be taken away. */
  readonly depth: number
  /** Plays them. */
  grow(): Promise<void>
  /** Takes them away, and plays what comes in their place. */
  cut(): Promise<void>
}

export type WorldOptions = {
  readonly binary: string
  readonly entries: readonly Entry[]
  /** Told of what takes long. */
  readonly onStep: (what: string) => void
  /** Where the two leave their logs. */
  readonly logFolder?: string
}

/** Starts all parts, in the order they need each other; what was started is stopped in the opposite order. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { binary, entries, onStep, logFolder = join(import.meta.dirname, 'build') } = options
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
    const folderOf = ({ name }: Entry) => join(home, 'builds', name)
    await mkdir(join(home, 'builds'))
    for (const entry of entries) prepared.push(await entry.prepare({ chain, contracts, folder: folderOf(entry) }))
    onStep('deployed')
    const [undo] = await Promise.all([tell(chain, prepared), buildAll(prepared)])
    onStep('built, and played')

    const dataDir = join(home, 'postgres')
    const postgres = await startEmbeddedPostgres({ dataDir, database: 'graph', durable: false })
    opened.push(async () => {
      await postgres.stop()
      await removeEmbeddedPostgres(dataDir)
    })
    const ipfs = await startIpfs(home)
    opened.push(() => ipfs.stop())
    const oursUrl = await secondDatabase(postgres.url)

    const early = entries.filter(({ late }) => late === undefined)
    const theirs = await startGraphNode({
      rpcUrl: chain.rpcUrl,
      ipfsUrl: ipfs.url,
      binary,
      postgresUrl: postgres.url,
      // It does not start without any.
      folders: (early.length > 0 ? early : entries.slice(0, 1)).map(folderOf),
      workFolder: home,
      logFile: join(logFolder, 'graph-node.log'),
    })
    opened.push(() => theirs.stop())
    if (early.length === 0) theirs.deployments.length = 0
    const ours = await startOurs({
      rpcUrl: chain.rpcUrl,
      postgresUrl: oursUrl,
      nodeUrl: ipfs.url,
      builds: early.map((entry) => ({ name: entry.name, manifest: join(folderOf(entry), 'build/subgraph.yaml') })),
      dataDir: join(home, 'ours'),
      logFile: join(logFolder, 'heddle.log'),
    })
    opened.push(() => ours.stop())
    onStep('both started')
    return {
      chain,
      theirs,
      ours,
      folderOf,
      places: placesIn(home, ours.ipfsUrl, [postgres.url, oursUrl]),
      stop,
      reorg: async () => {
        const { number } = await chain.head()
        await undo()
        await retell(chain, prepared, number)
      },
      fork: (index) => forkOf(chain, prepared, index),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function placesIn(folder: string, ipfsUrl: string, databases: readonly string[]): World['places'] {
  // Written once each: somebody may be reading.
  const kept = new Map<string, Promise<void>>()
  return {
    put: async (content) => {
      const cid = await upload(content, ipfsUrl)
      const written = kept.get(cid) ?? writeFile(join(folder, cid), content)
      kept.set(cid, written)
      await written
      return cid
    },
    putBelow: async (cid, path, content) => {
      await mkdir(join(folder, cid), { recursive: true })
      await writeFile(join(folder, cid, path), content)
    },
    nameLabels: async (labels) => {
      const [hashes, names] = [labels.map(({ hash }) => hash), labels.map(({ name }) => name)]
      for (const url of databases) {
        await inDatabase(url, async (client) => {
          // graph-node brings it along, empty; ours reads what somebody else made.
          await client.query(
            'create table if not exists public.ens_names (hash varchar primary key, name varchar not null)',
          )
          await client.query('insert into public.ens_names select * from unnest($1::text[], $2::text[])', [
            hashes,
            names,
          ])
        })
      }
    },
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

async function retell(chain: Chain, prepared: readonly Pick<Prepared, 'kept'>[], height: number): Promise<void> {
  await play(
    chain,
    prepared.map(({ kept = [] }) => kept),
    7,
  )
  // A branch that is taken for the better one has to be the longer one.
  do await chain.mine(7)
  while ((await chain.head()).number <= height + 1)
}

/** Of the reorgs that come after the first: a block, some, and more than are final by then. */
const depths = [1, 5, 24]

function forkOf(chain: Chain, prepared: readonly Prepared[], index: number): Fork | null {
  const depth = depths[index]
  const told = prepared.map(({ forks = [] }) => forks[index] ?? {})
  if (depth === undefined || told.every(({ orphaned }) => orphaned === undefined)) return null
  let undo = async () => {}
  return {
    depth,
    grow: async () => {
      undo = await chain.mark()
      const from = (await chain.head()).number
      await play(
        chain,
        told.map(({ orphaned = [] }) => orphaned),
      )
      while ((await chain.head()).number < from + depth) await chain.mine()
    },
    cut: async () => {
      const { number } = await chain.head()
      await undo()
      await retell(chain, told, number)
    },
  }
}

/** Seconds between blocks, over and over: within the hour, over hours, over a day. */
const pauses = [12, 12, 1_700, 12, 10_800, 1, 86_400]

/** All end together: the last blocks are those that are looked at. */
async function play(chain: Chain, stories: readonly Prepared['blocks'][], seconds?: number): Promise<void> {
  const count = Math.max(...stories.map((blocks) => blocks.length), 0)
  for (let index = 0; index < count; index++) {
    for (const blocks of stories) for (const call of blocks[index - count + blocks.length] ?? []) await chain.send(call)
    await chain.mine(seconds ?? pauses[index % pauses.length])
  }
}

async function secondDatabase(url: string): Promise<string> {
  await inDatabase(url, (client) => client.query(createDatabaseSql('heddle')))
  return new URL('/heddle', url).href
}

async function inDatabase(url: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end()
  }
}
