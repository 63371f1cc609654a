/** What runs for long, and how the parts are told of each other; shared by `npm start` and `npm run serve`. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, stepFault } from './children.mjs'
import { supervise } from './supervise.mjs'

/** @typedef {import('./children.mjs').Child} Child */

/**
 * What the parts are told of each other.
 * @typedef {{ home: string, host: string, port: number, indexerHost?: string, indexer: import('./options.mjs').Settings['indexer'] }} Served
 */

/**
 * What a command works with: `fail` ends it with the first thing that went wrong.
 * @typedef {{ root: string, steps: import('./steps.mjs').Steps, signal: AbortSignal, fail: (error: unknown) => void }} Work
 */

/** @typedef {{ current(): Child, startAgain(): Promise<Child> }} Service */

/**
 * What is up so far.
 * @typedef {{
 *   gateway?: Service,
 *   indexer?: Service,
 *   chain?: Service,
 *   database?: import('./database.mjs').Running,
 * }} Stack
 */

/** Who uses comes before who is used. */
export const downOrder = /** @type {const} */ (['gateway', 'indexer', 'chain', 'database'])

/**
 * Takes down what is up, in this order, each waited for before the next.
 * @param {Stack} stack
 * @param {() => boolean} isHurried - true once there is no more patience
 */
export async function down(stack, isHurried) {
  for (const part of downOrder) {
    if (part === 'database') await stack.database?.stop()
    else await stack[part]?.current().stop(isHurried() ? 0 : 10_000)
  }
}

/**
 * Where people find the gateway.
 * @param {{ host: string, port: number }} settings
 */
export function gatewayUrl({ host, port }) {
  const isLocal = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host)
  return `http://${isLocal ? 'localhost' : host}:${port}`
}

/**
 * @param {string} home
 * @param {import('./children.mjs').Command} command
 * @returns {Service}
 */
export function service(home, command) {
  const start = () => startChild(home, command)
  const child = start()
  return { current: () => child, startAgain: async () => start() }
}

/**
 * From here on, what ends by itself is started again.
 * @param {Work} work
 * @param {Stack} stack
 */
export function superviseAll({ steps, signal }, stack) {
  for (const name of /** @type {const} */ (['chain', 'indexer', 'gateway'])) {
    const part = stack[name]
    if (part === undefined) continue
    stack[name] = {
      ...part,
      ...supervise({
        name: part.current().name,
        child: part.current(),
        startAgain: part.startAgain,
        say: steps.say,
        signal,
      }),
    }
  }
}

/**
 * @param {string} root
 * @param {string} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {import('./children.mjs').Command}
 */
export function nodeCommand(root, name, args, env = {}) {
  return { name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', ...args], cwd: root, env }
}

/**
 * What any indexer is told.
 * @param {{ indexer: Served['indexer'] }} settings
 * @param {string} manifest
 */
export function indexerArgs({ indexer }, manifest) {
  const ports = Object.entries(indexer).flatMap(([door, port]) => [`--${door}-port`, String(port)])
  return ['--manifest', manifest, '--name', 'heddle', ...ports]
}

/**
 * The rest of it: URLs hold passwords and keys, and are for nobody's list of processes.
 * @param {{ network: string, rpcUrl: string, databaseUrl: string, ipfsUrl?: string | undefined }} sources
 */
export function indexerEnv({ network, rpcUrl, databaseUrl, ipfsUrl }) {
  return {
    ETHEREUM_RPC: `${network}:${rpcUrl}`,
    DATABASE_URL: databaseUrl,
    ...(ipfsUrl === undefined ? {} : { HEDDLE_IPFS_URL: ipfsUrl }),
  }
}

/**
 * @param {Served} settings
 * @param {string} databaseUrl
 * @param {string} subgraph - the folder of its build
 */
export function gatewayEnv({ host, port, indexerHost = '127.0.0.1', indexer }, databaseUrl, subgraph) {
  return {
    DATABASE_URL: databaseUrl,
    HEDDLE_HOST: host,
    HEDDLE_PORT: String(port),
    HEDDLE_SUBGRAPH_URL: `http://${reachable(indexerHost)}:${indexer.http}/subgraphs/name/heddle`,
    HEDDLE_SUBGRAPH_SCHEMA: join(subgraph, 'schema.graphql'),
  }
}

/**
 * Waits until the gateway says that it can do its work.
 * @param {{ host: string, port: number }} settings
 * @param {Stack} stack
 * @param {AbortSignal} signal
 * @param {(text: string) => void} [detail] - hears what is still missing
 */
export async function untilReady({ host, port }, stack, signal, detail = () => undefined) {
  for (;;) {
    const report = await readHealth(`http://${reachable(host)}:${port}/health/ready`)
    if (report?.ready) return
    if (report !== null) detail(report.reasons.join(', '))
    await stillRunning(stack, signal)
  }
}

/**
 * What the indexer says is still missing: the gateway answers while an index grows.
 * @param {Served} settings
 * @returns {Promise<string[]>}
 */
export async function indexerMisses({ indexerHost = '127.0.0.1', indexer }) {
  const report = await readHealth(`http://${reachable(indexerHost)}:${indexer.status}/health/ready`)
  return report?.reasons ?? []
}

/**
 * @param {string} url
 * @returns {Promise<{ ready: boolean, reasons: string[] } | null>} null while no one answers
 */
async function readHealth(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    return /** @type {any} */ (await response.json())
  } catch {
    return null
  }
}

/**
 * The host part of a URL at which this machine finds what listens at an address.
 * @param {string} host
 */
function reachable(host) {
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return local.includes(':') ? `[${local}]` : local
}

/**
 * Until the first time all is up, a child that ends has failed the start; later it is started again.
 * @param {Stack} stack
 * @param {AbortSignal} signal
 */
export async function stillRunning(stack, signal) {
  await sleep(100, undefined, { signal })
  for (const part of /** @type {const} */ (['chain', 'indexer', 'gateway'])) {
    const child = stack[part]?.current()
    if (child?.isGone()) throw stepFault(child.name, await child.exited, child.log)
  }
}

/**
 * The first failure is the one that is told; but all have to have ended before anything is taken down.
 * @param {readonly Promise<unknown>[]} works
 * @param {(error: unknown) => void} fail
 */
export async function allOrNone(works, fail) {
  const watched = works.map((work) =>
    work.catch((error) => {
      fail(error)
      throw error
    }),
  )
  const [failure] = (await Promise.allSettled(watched)).filter(({ status }) => status === 'rejected')
  if (failure?.status === 'rejected') throw failure.reason
}
