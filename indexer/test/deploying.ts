import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { dump } from 'js-yaml'
import { parse } from 'yaml'
import { parseConfig } from '../src/config.ts'
import { type Indexer, startIndexer } from '../src/indexer.ts'
import type { Log } from '../src/log.ts'

/** What a running indexer is told and asked. */
export interface Doors {
  readonly ports: Indexer['ports']
  /** The answer to an admin call, as it is. */
  admin(method: string, params: object): Promise<{ readonly result?: unknown; readonly error?: unknown }>
  /** Uploads a build as graph-cli does. @returns the CID of its manifest */
  upload(manifestPath: string): Promise<string>
  /** @param path - `name/…` or `id/…` */
  ask(path: string, query: string): Promise<{ readonly data?: unknown; readonly errors?: unknown }>
  status(query: string): Promise<Record<string, unknown>>
}

/** An indexer that was started without a build, in this process, with every door on a free port and a data folder of its own. */
export interface OpenIndexer extends Doors, AsyncDisposable {}

export async function anOpenIndexer(
  { chain, database }: { chain: { readonly url: string }; database: { readonly url: string } },
  env: NodeJS.ProcessEnv = {},
  more: readonly string[] = [],
  log: Log = silent,
): Promise<OpenIndexer> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-open-'))
  const places = ['http', 'admin', 'status', 'metrics', 'ipfs'].flatMap((name) => [`--${name}-port`, '0'])
  const argv = ['--rpc', `anvil:${chain.url}`, '--postgres-url', database.url, '--data-dir', folder, ...places, ...more]
  const config = parseConfig(argv, { ETHEREUM_REORG_THRESHOLD: '5', ETHEREUM_POLLING_INTERVAL: '10', ...env })
  const { ports, stop } = await startIndexer(config, log)
  return {
    ...doorsAt(ports),
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function doorsAt(ports: Indexer['ports']): Doors {
  const at = (door: keyof Indexer['ports'], path = '') => `http://127.0.0.1:${ports[door]}/${path}`
  const add = async (content: string | Uint8Array) => {
    const form = new FormData()
    form.set('file', new File([typeof content === 'string' ? content : Uint8Array.from(content)], 'a'))
    const response = await fetch(at('ipfs', 'api/v0/add'), { method: 'POST', body: form })
    const { Hash: cid } = (await response.json()) as { Hash: string }
    return cid
  }
  return {
    ports,
    admin: (method, params) => post(at('admin'), { jsonrpc: '2.0', id: 1, method, params }),
    upload: async (manifestPath) => {
      const manifest: unknown = parse(await readFile(manifestPath, 'utf8'))
      return add(dump(await linked(manifest, dirname(manifestPath), add), { noRefs: true, sortKeys: true }))
    },
    ask: (path, query) => post(at('http', `subgraphs/${path}`), { query }),
    status: async (query) =>
      ((await post(at('status', 'graphql'), { query })) as { data: Record<string, unknown> }).data,
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

async function post(url: string, body: object): Promise<object> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as object
}

/** A manifest with links where the paths of files were. */
async function linked(value: unknown, folder: string, add: (content: Uint8Array) => Promise<string>): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item) => linked(item, folder, add)))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(async ([key, inner]) => {
    if (key !== 'file') return [key, await linked(inner, folder, add)] as const
    return [key, { '/': `/ipfs/${await add(await readFile(resolve(folder, inner)))}` }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** graph-cli itself, in a folder with the sources of a tiny subgraph. */
export interface GraphCli extends AsyncDisposable {
  readonly folder: string
  /** @throws what it printed, if it does not end well */
  run(...args: readonly string[]): Promise<string>
}

export async function aGraphCli(subgraph: string): Promise<GraphCli> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-cli-'))
  await cp(join(fileURLToPath(new URL('subgraphs/', import.meta.url)), subgraph), folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "name": "tiny", "private": true, "license": "MIT" }\n')
  const graphTs = createRequire(import.meta.url).resolve('@graphprotocol/graph-ts/package.json')
  await symlink(resolve(graphTs, '../../..'), join(folder, 'node_modules'))
  const graph = resolve(graphTs, '../../graph-cli/bin/run.js')
  const env = { ...process.env, NO_COLOR: '1', GRAPH_TELEMETRY: '0' }
  return {
    folder,
    run: async (...args) => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [graph, ...args], { cwd: folder, env })
      return stripVTControlCharacters(stdout + stderr)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
