import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { hasMembers } from '../../start/processes.mjs'
import { freePorts } from '../free-ports.ts'
import { ask } from '../graphql.ts'
import { repository } from '../stack.ts'
import { until } from '../until.ts'
import { pace } from './pace.ts'

/** What an indexer is started with; the same again after it was killed. */
export interface Start {
  readonly manifest: string
  /** `<network>:<url>` */
  readonly rpc: readonly string[]
  readonly postgresUrl: string
  readonly env?: NodeJS.ProcessEnv
}

/** The real `heddle-indexer`, in a process group of its own, which nobody starts again when it ends. */
export class IndexerProcess {
  readonly subgraph: string
  readonly statusUrl: string
  readonly metricsUrl: string
  readonly doors: { readonly adminUrl: string; readonly ipfsUrl: string }
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  private constructor(child: ChildProcess, ports: readonly number[]) {
    const [http, status, metrics, admin, ipfs] = ports
    this.subgraph = `http://127.0.0.1:${http}/subgraphs/name/ledger`
    this.statusUrl = `http://127.0.0.1:${status}/graphql`
    this.metricsUrl = `http://127.0.0.1:${metrics}/metrics`
    this.doors = { adminUrl: `http://127.0.0.1:${admin}`, ipfsUrl: `http://127.0.0.1:${ipfs}` }
    this.#child = child
    this.#ended = once(child, 'exit')
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.#output = (this.#output + text.toString()).slice(-200_000)
      })
    }
  }

  static async start({ manifest, rpc, postgresUrl, env = {} }: Start): Promise<IndexerProcess> {
    const [http = 0, admin = 0, status = 0, metrics = 0, ipfs = 0] = await freePorts(5)
    const nodes = rpc.flatMap((one) => ['--rpc', one])
    const doors = { http, admin, status, metrics, ipfs }
    const ports = Object.entries(doors).flatMap(([door, port]) => [`--${door}-port`, String(port)])
    const args = ['--manifest', manifest, '--name', 'ledger', ...nodes, '--postgres-url', postgresUrl, ...ports]
    const child = spawn(process.execPath, [join(repository, 'start/heddle-indexer.mjs'), ...args], {
      cwd: repository,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...paced(), ...env },
    })
    const started = new IndexerProcess(child, [http, status, metrics, admin, ipfs])
    onTestFinished(() => started.end('SIGKILL').then(() => undefined))
    return started
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it said last. */
  get output(): string {
    return this.#output
  }

  /** Stops all its processes where they are, until they are thawed. */
  freeze(): void {
    process.kill(-(this.#child.pid ?? 0), 'SIGSTOP')
  }

  thaw(): void {
    process.kill(-(this.#child.pid ?? 0), 'SIGCONT')
  }

  /** Sends a signal to all its processes, as a terminal or an orchestrator does. @returns the exit code, null if the signal ended it */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const group = this.#child.pid ?? 0
    if (this.isAlive) process.kill(-group, signal)
    await this.#ended
    const isGone = (hasSome: boolean) => !hasSome
    await until('its processes are gone', async () => hasMembers(group), isGone, 20_000)
    return this.#child.exitCode
  }

  /** The last block it has; null before it answers, or has any. */
  async block(): Promise<number | null> {
    try {
      const { data } = await ask(this.subgraph, '{ _meta { block { number } } }')
      return (data as { _meta?: { block: { number: number } } } | undefined)?._meta?.block.number ?? null
    } catch {
      return null
    }
  }

  async has(block: number, withinMs: number): Promise<void> {
    await until(
      `it has block ${block}`,
      () => this.block(),
      (at) => at !== null && at >= block,
      withinMs,
    ).catch((error) => {
      throw new Error(
        `${error.message}\n${this.isAlive ? 'it runs' : 'it has ended'}, and said:\n${this.output.slice(-2_000)}`,
      )
    })
  }

  /** Of all its processes, in bytes: where this Node is not the right one, another is at work below it. Linux only. */
  async residentBytes(): Promise<number> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const sizes = await Promise.all(pids.map((pid) => residentBytesIn(Number(pid), this.#child.pid ?? 0)))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
}

/** @returns 0 for a process of another group, or one that is gone */
async function residentBytesIn(pid: number, group: number): Promise<number> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
  // Behind the name, which may hold anything: state, parent, group.
  const [, , ofGroup] = (await read('stat')).replace(/^.*\) /s, '').split(' ')
  if (Number(ofGroup) !== group) return 0
  return Number(/VmRSS:\s+(\d+) kB/.exec(await read('status'))?.[1] ?? 0) * 1024
}

/** Its own patience, as many times shorter as the clock is faster. */
function paced(): NodeJS.ProcessEnv {
  const { speed } = pace.clock
  return {
    ETHEREUM_POLLING_INTERVAL: String(Math.max(20, 500 / speed)),
    ETHEREUM_REORG_THRESHOLD: '100',
    GRAPH_ETHEREUM_JSON_RPC_TIMEOUT: String(Math.max(1, 30 / speed)),
    HEDDLE_LOG_LEVEL: 'warn',
  }
}
