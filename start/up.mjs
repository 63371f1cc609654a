/**
 * Everything up, in the order the parts need each other, side by side where they do not:
 *
 *     chain ────┐
 *     build ────┼─ deploy ─┬─ history ───────┬─ indexer ─┐
 *               │          └─ subgraph ──────┤           ├─ ready
 *     Postgres ─┴─ migrate ── seed (world) ──┴─ gateway ─┘
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { requireChain, startLocalChain } from './chain.mjs'
import { runChild, startChild, stepFault } from './children.mjs'
import { startDatabase, useDatabase } from './database.mjs'
import { graphNodeBinary } from './graph-node/binary.mjs'
import { supervise } from './supervise.mjs'

/** @typedef {import('./options.mjs').Settings} Settings */
/** @typedef {import('./children.mjs').Child} Child */

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

/** @typedef {{ root: string, settings: Settings, steps: import('./steps.mjs').Steps, signal: AbortSignal, fail: (error: unknown) => void }} House */

/**
 * Brings the house up. What it started so far stands in `stack` at every moment, also after it failed.
 * @param {House} house
 * @param {Stack} stack
 * @param {() => Promise<void>} prepare - installs and builds
 */
export async function up(house, stack, prepare) {
  const { root, settings, steps, signal } = house
  const { home } = settings
  const deployment = join(home, 'deployment.json')
  const world = join(home, 'world.json')
  const subgraph = join(home, 'subgraph')
  /** @param {string} name @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
  const node = (name, args, env) =>
    steps.run(name, (detail) => runChild(home, nodeCommand(root, name, args, env), signal, detail))

  await prepare()
  const chain = bringChain(house, stack)
  const database = bringDatabase(house, stack)
  const deployed = chain.then(({ url }) =>
    node('deploy', ['contracts/ignition/deploy.ts', '--rpc-url', url, '--out', deployment]),
  )
  const played = Promise.all([chain, deployed]).then(([{ url }]) =>
    node('history', ['contracts/history/play.ts', '--rpc-url', url, '--deployment', deployment, '--out', world]),
  )
  const compiled = deployed.then(() =>
    node('subgraph', ['subgraph/build.ts', '--deployment', deployment, '--out', subgraph]),
  )
  const migrated = database.then(({ url }) => node('migrate', ['prisma/migrate.ts'], { DATABASE_URL: url }))
  const seeded = Promise.all([database, migrated, played]).then(([{ url }]) =>
    node('seed', ['prisma/seed.ts', '--world', world], { DATABASE_URL: url }),
  )
  const gateway = Promise.all([database, migrated, compiled]).then(([{ url }]) => {
    stack.gateway = service(house, 'gateway', ['api/src/main.ts'], gatewayEnv(settings, url, subgraph))
  })
  const indexer = Promise.all([chain, database, played, compiled]).then(([{ url: rpcUrl }, { url }]) => {
    const [name, ...args] = indexerCommand(root, settings)
    stack.indexer = service(house, name, [...args, ...indexerArgs(settings, rpcUrl, subgraph)], { DATABASE_URL: url })
  })
  const indexed = Promise.all([chain, indexer]).then(([{ url }]) =>
    steps.run('index', (detail) => untilIndexed(settings, url, stack, detail, signal)),
  )
  const ready = Promise.all([gateway, indexer]).then(() => untilReady(settings, stack, signal))
  await allOrNone(
    [chain, database, deployed, played, compiled, migrated, seeded, gateway, indexer, indexed, ready],
    house.fail,
  )
  superviseAll(house, stack)
}

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
 * @param {Settings} settings
 */
export function gatewayUrl({ host, port }) {
  const isLocal = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host)
  return `http://${isLocal ? 'localhost' : host}:${port}`
}

/**
 * @param {House} house
 * @param {Stack} stack
 * @returns {Promise<{ url: string }>}
 */
async function bringChain({ root, settings, steps, signal }, stack) {
  const { home, rpcPort: port, rpcUrl } = settings
  if (rpcUrl !== undefined) {
    await requireChain(rpcUrl)
    return { url: rpcUrl }
  }
  const start = () => startLocalChain({ home, root, port, signal })
  const child = await steps.run('chain', start)
  stack.chain = { current: () => child, startAgain: start }
  return { url: `http://127.0.0.1:${port}` }
}

/**
 * @param {House} house
 * @param {Stack} stack
 */
async function bringDatabase({ settings, steps, signal }, stack) {
  const { home, postgresUrl, postgresPort: port } = settings
  if (postgresUrl !== undefined) return useDatabase(postgresUrl)
  stack.database = await steps.run('Postgres', () => startDatabase({ home, port, signal, say: steps.say }))
  return stack.database
}

/**
 * @param {House} house
 * @param {string} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Service}
 */
function service({ root, settings }, name, args, env) {
  const start = () => startChild(settings.home, nodeCommand(root, name, args, env))
  const child = start()
  return { current: () => child, startAgain: async () => start() }
}

/**
 * From here on, what ends by itself is started again.
 * @param {House} house
 * @param {Stack} stack
 */
function superviseAll({ steps, signal }, stack) {
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
 */
function nodeCommand(root, name, args, env = {}) {
  return { name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', ...args], cwd: root, env }
}

/**
 * What indexes, by the name of its log, and what only that one is told.
 * @param {string} root
 * @param {Settings} settings
 * @returns {[name: string, ...args: string[]]}
 */
function indexerCommand(root, { home, runtime }) {
  return runtime === 'graph-node'
    ? ['graph-node', 'start/graph-node/main.mjs', '--binary', graphNodeBinary(root)]
    : ['indexer', 'indexer/src/main.ts', '--data-dir', join(home, 'indexer')]
}

/**
 * What either is told.
 * @param {Settings} settings
 * @param {string} rpcUrl
 * @param {string} subgraph
 */
function indexerArgs({ indexer }, rpcUrl, subgraph) {
  const ports = Object.entries(indexer).flatMap(([door, port]) => [`--${door}-port`, String(port)])
  return ['--manifest', join(subgraph, 'subgraph.yaml'), '--rpc', `anvil:${rpcUrl}`, '--name', 'heddle', ...ports]
}

/**
 * @param {Settings} settings
 * @param {string} databaseUrl
 * @param {string} subgraph
 */
function gatewayEnv({ host, port, indexer }, databaseUrl, subgraph) {
  return {
    DATABASE_URL: databaseUrl,
    HEDDLE_HOST: host,
    HEDDLE_PORT: String(port),
    HEDDLE_SUBGRAPH_URL: `http://127.0.0.1:${indexer.http}/subgraphs/name/heddle`,
    HEDDLE_SUBGRAPH_SCHEMA: join(subgraph, 'schema.graphql'),
  }
}

/**
 * Waits until the indexer is where the chain was when it began.
 * @param {Settings} settings
 * @param {string} rpcUrl
 * @param {Stack} stack
 * @param {(text: string) => void} detail
 * @param {AbortSignal} signal
 */
async function untilIndexed({ indexer }, rpcUrl, stack, detail, signal) {
  const { rpc } = await import('./rpc.mjs')
  const head = Number(await rpc(rpcUrl, 'eth_blockNumber'))
  const query = '{ indexingStatuses { health fatalError { message } chains { latestBlock { number } } } }'
  for (;;) {
    const body = await ask(`http://127.0.0.1:${indexer.status}/graphql`, { query })
    const [status] = body?.data?.indexingStatuses ?? []
    if (status?.health === 'failed')
      throw stepFault('indexer', status.fatalError?.message ?? 'failed', logOf(stack.indexer))
    const block = Number(status?.chains?.[0]?.latestBlock?.number ?? -1)
    if (block >= head) return
    if (block >= 0) detail(`block ${block} of ${head}`)
    await stillRunning(stack, signal)
  }
}

/**
 * @param {Settings} settings
 * @param {Stack} stack
 * @param {AbortSignal} signal
 */
async function untilReady(settings, stack, signal) {
  const { host, port } = settings
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const url = `http://${local.includes(':') ? `[${local}]` : local}:${port}/health/ready`
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return
    await stillRunning(stack, signal)
  }
}

/**
 * Until the first time all is up, a child that ends has failed the start; later it is started again.
 * @param {Stack} stack
 * @param {AbortSignal} signal
 */
async function stillRunning(stack, signal) {
  await sleep(100, undefined, { signal })
  for (const part of /** @type {const} */ (['chain', 'indexer', 'gateway'])) {
    const child = stack[part]?.current()
    if (child?.isGone()) throw stepFault(child.name, await child.exited, child.log)
  }
}

/** @param {{ current(): Child } | undefined} part */
function logOf(part) {
  return part?.current().log ?? ''
}

/**
 * @param {string} url
 * @param {unknown} body
 * @returns {Promise<any>} null while no one answers
 */
async function ask(url, body) {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    })
    return await response.json()
  } catch {
    return null
  }
}

/**
 * The first failure is the one that is told; but all have to have ended before anything is taken down.
 * @param {readonly Promise<unknown>[]} works
 * @param {(error: unknown) => void} fail
 */
async function allOrNone(works, fail) {
  const watched = works.map((work) =>
    work.catch((error) => {
      fail(error)
      throw error
    }),
  )
  const [failure] = (await Promise.allSettled(watched)).filter(({ status }) => status === 'rejected')
  if (failure?.status === 'rejected') throw failure.reason
}
