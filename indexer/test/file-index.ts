import { createHash } from 'node:crypto'
import { stateAt } from '../src/chain/call.ts'
import { BlockStream } from '../src/chain/stream.ts'
import { type Deployment, loadDeployment } from '../src/deployment/deployment.ts'
import type { FetchFile } from '../src/files/waiting-files.ts'
import { cidText } from '../src/ipfs/cid.ts'
import { createLog } from '../src/log.ts'
import { answer, queryable } from '../src/query/answer.ts'
import { apiSchema } from '../src/query/schema.ts'
import { run } from '../src/runner.ts'
import type { RunnerEvent } from '../src/runner-rooms.ts'
import { createPostgres, type Postgres } from '../src/store/postgres.ts'
import { openStore } from '../src/store/store.ts'
import { type CommandChain, commandChain } from './commands.ts'
import { scratchDatabase } from './postgres.ts'
import { buildSubgraph } from './subgraph.ts'

/** The subgraph `files` on a chain and in a database of its own, and an IPFS that holds what a test puts there. */
export interface FileIndex extends AsyncDisposable {
  readonly chain: CommandChain
  readonly postgres: Postgres
  readonly events: readonly RunnerEvent[]
  /** What was asked for, in order. */
  readonly asked: readonly string[]
  /** @returns the CID under which the content can be found from now on */
  put(...lines: readonly string[]): string
  cidOf(...lines: readonly string[]): string
  /** Waits until a file was brought to the indexer, and has the chain go on by a block, in which it is handled. */
  handled(cid: string): Promise<void>
  /** Waits until the index stands at the chain's head. */
  caughtUp(): Promise<void>
  ask(query: string): Promise<{ data?: unknown; errors?: readonly { message: string }[] }>
  /** Waits until the runner says so. */
  until(isIt: (event: RunnerEvent) => boolean): Promise<void>
  /** Waits until a file was brought to the indexer. */
  brought(cid: string): Promise<void>
  /** Ends the runner, as a kill would, and starts another one on the same database. */
  restart(): Promise<void>
}

/** @param options - `mayAskIpfs`: whether handlers of the chain may read files themselves */
export async function fileIndex({ mayAskIpfs = false } = {}): Promise<FileIndex> {
  const [chain, database, manifest] = await Promise.all([commandChain(), scratchDatabase(), buildSubgraph('files')])
  const deployment = await loadDeployment(manifest)
  const postgres = createPostgres(database.url, { max: 4 })
  const contents = new Map<string, Uint8Array>()
  const asked: string[] = []
  const brought = new Set<string>()
  const fetchFile: FetchFile = async (path) => {
    asked.push(path)
    const content = contents.get(path) ?? null
    if (content !== null) brought.add(path)
    return content
  }
  const events: RunnerEvent[] = []
  const rooms = { deployment, chain, postgres, fetchFile, events, mayAskIpfs }
  let running = await start(rooms)
  const layout = running.layout
  const asks = queryable(deployment.id, apiSchema(deployment.schema), layout, postgres)
  const index: FileIndex = {
    chain,
    postgres,
    events,
    asked,
    cidOf: (...lines) => cidOf(bytesOf(lines)),
    put: (...lines) => {
      const content = bytesOf(lines)
      contents.set(cidOf(content), content)
      return cidOf(content)
    },
    handled: async (cid) => {
      await index.brought(cid)
      await chain.block()
      await index.caughtUp()
    },
    brought: (cid) => until(() => brought.has(cid), `${cid} to be asked for`),
    caughtUp: async () => {
      const head = Number(await chain.do('eth_blockNumber'))
      await index.until((event) => event.kind === 'committed' && event.block.number >= head)
    },
    ask: async (query) => JSON.parse((await answer({ query }, asks)).body),
    until: (isIt) => until(() => events.some(isIt), 'something to happen'),
    restart: async () => {
      await running.stop()
      running = await start(rooms)
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await postgres.end()
      await database[Symbol.asyncDispose]()
      await chain[Symbol.asyncDispose]()
    },
  }
  return index
}

function bytesOf(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.join('\n'))
}

function cidOf(content: Uint8Array): string {
  return cidText({ version: 1, codec: 'raw', digest: createHash('sha256').update(content).digest() })
}

interface Rooms {
  readonly deployment: Deployment
  readonly chain: CommandChain
  readonly postgres: Postgres
  readonly fetchFile: FetchFile
  readonly events: RunnerEvent[]
  readonly mayAskIpfs: boolean
}

async function start({ deployment, chain: { rpc }, postgres, fetchFile, events, mayAskIpfs }: Rooms) {
  const store = await openStore(postgres, deployment)
  const stopping = new AbortController()
  const stream = new BlockStream({ rpc, pollMs: 20, ancestors: (below) => store.ancestors(below) })
  const ended = run(
    {
      deployment,
      store,
      stream,
      chain: {
        chain: (block, needs) => stateAt(rpc, block.header, needs, stopping.signal),
        blockFor: (block, filter) => stream.blockWithLogs(block, filter, stopping.signal),
        ...(mayAskIpfs && { ipfs: ({ path }) => fetchFile(path, stopping.signal) }),
      },
      recogniseChain: async () => 'known',
      linkAt: async () => null,
      fetchFile,
      log: createLog('silent'),
      onProgress: (event) => events.push(event),
      habits: { fileRetryDelayMs: () => 20, retryDelayMs: () => 50 },
    },
    stopping.signal,
  ).finally(() => stream.stop())
  ended.catch(() => undefined)
  return {
    layout: store.layout,
    stop: async () => {
      stopping.abort()
      await ended.catch(() => undefined)
      await store.close()
    },
  }
}

async function until(isIt: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!isIt()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
