/**
 * Everything up, in the order the parts need each other, side by side where they do not:
 *
 *     chain ────┐
 *     build ────┼─ deploy ─┬─ history ───────┬─ indexer ─┐
 *               │          └─ subgraph ──────┤           ├─ ready
 *     Postgres ─┴─ migrate ── seed (world) ──┴─ gateway ─┘
 */
import { join } from 'node:path'
import { requireChain, startLocalChain } from './chain.mjs'
import { runChild, stepFault } from './children.mjs'
import { startDatabase, useDatabase } from './database.mjs'
import { graphNodeBinary } from './graph-node/binary.mjs'
import {
  allOrNone,
  gatewayEnv,
  indexerArgs,
  indexerEnv,
  nodeCommand,
  service,
  stillRunning,
  superviseAll,
  untilReady,
} from './services.mjs'

/** @typedef {import('./options.mjs').Settings} Settings */
/** @typedef {import('./services.mjs').Stack} Stack */
/** @typedef {import('./services.mjs').Work & { settings: Settings }} House */

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
    node('deploy', ['contracts/ignition/deploy.ts', '--out', deployment], { HEDDLE_RPC_URL: url }),
  )
  const played = Promise.all([chain, deployed]).then(([{ url }]) =>
    node('history', ['contracts/history/play.ts', '--deployment', deployment, '--out', world], { HEDDLE_RPC_URL: url }),
  )
  const compiled = deployed.then(() =>
    node('subgraph', ['subgraph/build.ts', '--deployment', deployment, '--out', subgraph]),
  )
  const migrated = database.then(({ url }) => node('migrate', ['prisma/migrate.ts'], { DATABASE_URL: url }))
  const seeded = Promise.all([database, migrated, played]).then(([{ url }]) =>
    node('seed', ['prisma/seed.ts', '--world', world], { DATABASE_URL: url }),
  )
  const gateway = Promise.all([database, migrated, compiled]).then(([{ url }]) => {
    const env = gatewayEnv(settings, url, subgraph)
    stack.gateway = service(home, nodeCommand(root, 'gateway', ['api/src/main.ts'], env))
  })
  const indexer = Promise.all([chain, database, played, compiled]).then(([{ url: rpcUrl }, { url }]) => {
    const [name, ...own] = indexerCommand(root, settings)
    const manifest = join(subgraph, 'subgraph.yaml')
    const args = [...own, ...indexerArgs(settings, manifest)]
    const env = indexerEnv({ network: 'anvil', rpcUrl, databaseUrl: url, ipfsUrl: settings.ipfsUrl })
    stack.indexer = service(home, nodeCommand(root, name, args, env))
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
  const query = `{ status: indexingStatusForCurrentVersion(subgraphName: "heddle") {
    health fatalError { message } chains { latestBlock { number hash } } } }`
  for (;;) {
    const body = await ask(`http://127.0.0.1:${indexer.status}/graphql`, { query })
    const status = body?.data?.status
    if (status?.health === 'failed')
      throw stepFault('indexer', status.fatalError?.message ?? 'failed', logOf(stack.indexer))
    const latest = status?.chains?.[0]?.latestBlock
    const block = Number(latest?.number ?? -1)
    // The number alone may be of a chain that was here before.
    if (block >= head && (await isOnChain(rpc, rpcUrl, block, latest.hash))) return
    if (block >= 0) detail(`block ${block} of ${head}`)
    await stillRunning(stack, signal)
  }
}

/**
 * @param {typeof import('./rpc.mjs').rpc} rpc
 * @param {string} url
 * @param {number} number
 * @param {string} hash - with 0x or, as graph-node's status has it, without
 */
async function isOnChain(rpc, url, number, hash) {
  const block = await rpc(url, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
  return block?.hash.replace(/^0x/, '') === hash.replace(/^0x/, '')
}

/** @param {import('./services.mjs').Service | undefined} part */
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
