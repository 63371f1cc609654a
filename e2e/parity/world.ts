import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeEmbeddedPostgres, startEmbeddedPostgres } from '@heddle/indexer/postgres'
import pg from 'pg'
import { keccak256, stringToHex } from 'viem'
import { cidText } from '../../indexer/src/ipfs/cid.ts'
import { cidOfFile } from '../../indexer/src/ipfs/unixfs.ts'
import { createDatabaseSql } from '../../indexer/src/store/embedded.ts'
import { type Chain, startChain } from './chain.ts'
import { upload } from './deploy.ts'
import type { Entry, Known, Prepared } from './entry.ts'
import { startGraphNode } from './graph-node.ts'
import { startIpfs } from './ipfs.ts'
import { startOurs } from './ours.ts'
import { type Fork, forkOf, retell, tell } from './play.ts'
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
  const stopAll = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  // Whoever is second waits for the first: after a signal, what was asked meanwhile fails, and the process ends with that.
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopAll()
    return stopping
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
    const databases = [postgres.url, oursUrl]
    for (const file of prepared.flatMap(({ files = [] }) => files)) {
      await writeFile(join(home, cidText(cidOfFile(Buffer.from(file)))), file)
    }
    const labels = prepared.flatMap(({ labels = [] }) => labels)
    await nameLabels(
      databases,
      labels.map((name) => ({ hash: keccak256(stringToHex(name)), name })),
    )

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
      places: placesIn(home, ours.ipfsUrl, databases),
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
    nameLabels: (labels) => nameLabels(databases, labels),
  }
}

async function nameLabels(databases: readonly string[], labels: Parameters<Known['nameLabels']>[0]): Promise<void> {
  const [hashes, names] = [labels.map(({ hash }) => hash), labels.map(({ name }) => name)]
  for (const url of databases) {
    await inDatabase(url, async (client) => {
      // graph-node brings it along, empty; ours reads what somebody else made.
      await client.query(
        'create table if not exists public.ens_names (hash varchar primary key, name varchar not null)',
      )
      await client.query('insert into public.ens_names select * from unnest($1::text[], $2::text[])', [hashes, names])
    })
  }
}

async function buildAll(prepared: readonly Prepared[]): Promise<void> {
  const left = [...prepared]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next.build()
  }
  await Promise.all([worker(), worker()])
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
