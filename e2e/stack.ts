import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeEmbeddedPostgres } from '@heddle/indexer/postgres'
import { freePorts } from './free-ports.ts'

export const repository = fileURLToPath(new URL('..', import.meta.url))

/** A state folder and ports of its own, so that a story never meets the developer's own Heddle, or another story. */
export interface Place {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly gateway: string
  readonly rpcUrl: string
  readonly subgraph: string
  readonly statusUrl: string
  remove(): Promise<void>
}

export async function aPlace(): Promise<Place> {
  const home = await mkdtemp(join(tmpdir(), 'heddle-story-'))
  const [port, rpc, http, admin, status, metrics, ipfs] = await freePorts(7)
  const env = {
    ...process.env,
    HEDDLE_HOME: home,
    HEDDLE_PORT: String(port),
    HEDDLE_RPC_PORT: String(rpc),
    HEDDLE_HTTP_PORT: String(http),
    HEDDLE_ADMIN_PORT: String(admin),
    HEDDLE_STATUS_PORT: String(status),
    HEDDLE_METRICS_PORT: String(metrics),
    HEDDLE_IPFS_PORT: String(ipfs),
  }
  for (const name of ['NODE_ENV', 'VITEST', 'DATABASE_URL', 'HEDDLE_RPC_URL', 'HEDDLE_POSTGRES_PORT'] as const)
    delete (env as NodeJS.ProcessEnv)[name]
  return {
    home,
    env,
    gateway: `http://127.0.0.1:${port}`,
    rpcUrl: `http://127.0.0.1:${rpc}`,
    subgraph: `http://127.0.0.1:${http}/subgraphs/name/heddle`,
    statusUrl: `http://127.0.0.1:${status}/graphql`,
    remove: async () => {
      await removeEmbeddedPostgres(join(home, 'postgres'))
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** A running `npm start`. */
export interface Start {
  readonly process: ChildProcess
  /** What it printed until now. */
  output(): string
  /** Sends a signal and waits for the end. @returns the exit code, or the signal that ended it */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

/** Runs the first of the two commands. */
export function npmStart(place: Place, args: readonly string[] = []): Start {
  return run('start/start.mjs', place, args)
}

/** Runs the production start. */
export function npmServe(place: Place, args: readonly string[]): Start {
  return run('start/serve.mjs', place, args)
}

function run(script: string, place: Place, args: readonly string[]): Start {
  const child = spawn(process.execPath, [join(repository, script), ...args], {
    cwd: repository,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  const ended = once(child, 'close')
  return {
    process: child,
    output: () => printed,
    end: async (signal = 'SIGINT') => {
      child.kill(signal)
      const [code, bySignal] = await ended
      return code ?? bySignal
    },
  }
}

/** @throws with all that was printed, if the start ends first or takes longer */
export async function untilReady(start: Start, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!/^Heddle is ready: /m.test(start.output())) {
    if (start.process.exitCode !== null)
      throw new Error(`npm start ended with ${start.process.exitCode}:\n${start.output()}`)
    if (Date.now() > deadline) throw new Error(`npm start was not ready within ${withinMs} ms:\n${start.output()}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Every process of this machine that works with the place: its command line or environment names the home. */
export async function processesOf(place: Place): Promise<number[]> {
  const homes = [place.home, await postgresHome(place)]
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const texts = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return homes.some((home) => texts.some((text) => text.includes(home))) ? [pid] : []
    }),
  )
  return found.flat()
}

/** Of the place's embedded Postgres, as its superuser. */
export async function postgresUrl(place: Place): Promise<string> {
  const home = await postgresHome(place)
  const [password, port] = await Promise.all(
    ['password', 'port'].map(async (file) => (await readFile(join(home, file), 'utf8')).trim()),
  )
  return `postgresql://heddle:${password}@127.0.0.1:${port}/heddle`
}

/** Where its files are: elsewhere, when the server's user cannot reach the place. */
async function postgresHome({ home }: Place): Promise<string> {
  const dataDir = join(home, 'postgres')
  const place = await readFile(join(dataDir, 'place.json'), 'utf8').catch(() => null)
  return place === null ? dataDir : JSON.parse(place).home
}
