import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { keccak256, stringToHex } from 'viem'
import { parseConfig } from '../src/config.ts'
import { type Indexer, startIndexer } from '../src/indexer.ts'
import type { TestChain } from './chain.ts'
import { buildSubgraph } from './subgraph.ts'

/** A build of a tiny subgraph with another manifest, in a folder of its own: other words in it make another deployment. */
export interface Build extends AsyncDisposable {
  readonly manifest: string
}

export async function aBuild(name: string, edit: (manifest: string) => string = (text) => text): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-build-'))
  await cp(dirname(await buildSubgraph(name)), folder, { recursive: true })
  const manifest = join(folder, 'subgraph.yaml')
  await writeFile(manifest, edit(await readFile(manifest, 'utf8')))
  return { manifest, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** An indexer in this process, with every door on a free port. */
export interface TestIndexer extends AsyncDisposable {
  readonly indexer: Indexer
  /** @returns the answer's data */
  ask(query: string): Promise<Record<string, unknown>>
  /** As the status API tells it. */
  status(): Promise<Status>
  /** Waits until the deployment stands where the chain does. */
  caughtUp(): Promise<void>
}

interface Status {
  readonly health: string
  readonly fatalError: { readonly message: string; readonly block: { readonly number: string } } | null
}

/** @param finality - blocks this far below the head are taken as final */
export async function anIndexer(
  { manifest }: Pick<Build, 'manifest'>,
  {
    chain,
    database,
    finality = 5,
    env = {},
    args = [],
  }: {
    chain: Pick<TestChain, 'url' | 'rpc'>
    database: { url: string }
    finality?: number
    env?: NodeJS.ProcessEnv
    args?: readonly string[]
  },
): Promise<TestIndexer> {
  const ports = ['http', 'admin', 'status', 'metrics', 'ipfs'].flatMap((name) => [`--${name}-port`, '0'])
  const argv = [
    '--manifest',
    manifest,
    '--rpc',
    `anvil:${chain.url}`,
    '--postgres-url',
    database.url,
    ...ports,
    ...args,
  ]
  const config = parseConfig(argv, { ETHEREUM_REORG_THRESHOLD: `${finality}`, ETHEREUM_POLLING_INTERVAL: '10', ...env })
  const indexer = await startIndexer(config, silent)
  const ask = async (query: string) => {
    const body = JSON.stringify({ query })
    const response = await fetch(indexer.queryUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown }
    if (data === undefined) throw new Error(JSON.stringify(errors))
    return data
  }
  const status = async () => {
    const query = `{ indexingStatuses(subgraphs: ["${indexer.deployment}"]) { health fatalError { message block { number } } } }`
    const body = JSON.stringify({ query })
    const url = `http://127.0.0.1:${indexer.ports.status}/graphql`
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const { data } = (await response.json()) as { data: { indexingStatuses: Status[] } }
    const [found] = data.indexingStatuses
    if (found === undefined) throw new Error('there is no such deployment')
    return found
  }
  const stands = async () => {
    const head = await chain.rpc.headerByNumber('latest')
    const { _meta } = (await ask('{ _meta { block { number hash } } }')) as {
      _meta: { block: { hash: string } } | null
    }
    return _meta?.block.hash === head?.hash
  }
  return {
    indexer,
    ask,
    status,
    caughtUp: async () => {
      const deadline = Date.now() + 60_000
      while (!(await stands().catch(() => false))) {
        if (Date.now() > deadline) throw new Error('the indexer did not catch up with the chain')
        await pause(20)
      }
    },
    [Symbol.asyncDispose]: () => indexer.stop(),
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Sends one transaction for each event and mines them into one block. */
export async function emit(chain: TestChain, ...events: readonly string[]): Promise<void> {
  const from = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
  for (const event of events) {
    const data = keccak256(stringToHex(`${event}()`))
    await chain.do('eth_sendTransaction', { from, to: chain.logger, data, gas: '0x186a0' })
  }
  await chain.mine(1)
}
