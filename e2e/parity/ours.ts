import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'
import { repository } from '../stack.ts'
import { until } from '../until.ts'
import { deploy } from './deploy.ts'
import { finality } from './graph-node.ts'
import type { Endpoint, Runtime } from './runtime.ts'

export type OursOptions = {
  /** An empty database. */
  readonly postgresUrl: string
  readonly rpcUrl: string
  /** An IPFS node or gateway. */
  readonly nodeUrl: string
  readonly builds: readonly { readonly name: string; readonly manifest: string }[]
  readonly dataDir: string
  readonly logFile: string
}

/** Starts our indexer as a user would, and deploys each build by its doors. A build that is refused is so alone. */
export async function startOurs(options: OursOptions): Promise<Runtime & { readonly ipfsUrl: string }> {
  const { postgresUrl, rpcUrl, nodeUrl, builds, dataDir, logFile } = options
  const [http = 0, admin = 0, status = 0, metrics = 0, ipfs = 0] = await freePorts(5)
  const ports = Object.entries({ http, admin, status, metrics, ipfs })
  const places = ['--rpc', `anvil:${rpcUrl}`, '--postgres-url', postgresUrl, '--data-dir', dataDir, '--ipfs', nodeUrl]
  const args = places.concat(ports.flatMap(([door, port]) => [`--${door}-port`, String(port)]))
  const child = spawn(process.execPath, [join(repository, 'indexer/src/main.ts'), ...args], {
    // Each deployment looks for blocks by itself: all together two hundred times a second.
    env: { ...process.env, ...settings, ETHEREUM_POLLING_INTERVAL: String(Math.max(200, 5 * builds.length)) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exited = once(child, 'exit')
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const stop = async () => {
    if (isRunning()) child.kill('SIGTERM')
    await exited
    log.end()
  }
  try {
    const place = (door: number, path = '') => `http://127.0.0.1:${door}${path}`
    await until(
      'our indexer listens',
      () => fetch(place(http, '/')),
      ({ ok }) => ok,
      30_000,
    )
    const endpointOf = (name: string, id: string): Endpoint => ({
      id,
      name,
      endpoint: place(http, `/subgraphs/name/${name}`),
      statusUrl: place(status, '/graphql'),
    })
    const deployments: Endpoint[] = []
    for (const { name, manifest } of builds) {
      const doors = { adminUrl: place(admin), ipfsUrl: place(ipfs) }
      const id = await deploy(manifest, name, doors).catch((error: unknown) => {
        log.write(`${name} was refused: ${error}\n`)
        return ''
      })
      deployments.push(endpointOf(name, id))
    }
    const [adminUrl, ipfsUrl] = [place(admin), place(ipfs)]
    return { name: 'heddle', isRunning, deployments, adminUrl, ipfsUrl, endpointOf, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The same differences from the defaults as graph-node's. */
const settings = {
  GRAPH_DISABLE_FAIL_FAST: 'true',
  GRAPH_ALLOW_NON_DETERMINISTIC_IPFS: 'true',
  ETHEREUM_REORG_THRESHOLD: String(finality),
  HEDDLE_LOG_LEVEL: 'warn',
}
