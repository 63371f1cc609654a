import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../free-ports.ts'
import type { Endpoint, Runtime } from './runtime.ts'

export type OursOptions = {
  readonly rpcUrl: string
  readonly ipfsUrl: string
  /** A database of its own for each build, in the same order. */
  readonly builds: readonly { readonly name: string; readonly manifest: string; readonly postgresUrl: string }[]
  readonly dataDir: string
  readonly logFile: string
}

/** Starts our indexers, one for each build, in one process of their own. A build that is refused is so alone. */
export async function startOurs(options: OursOptions): Promise<Runtime> {
  const { rpcUrl, builds, dataDir, logFile } = options
  const deployments: Endpoint[] = []
  const lines: string[][] = []
  for (const { name, manifest, postgresUrl } of builds) {
    const [http, admin, status, metrics, ipfs] = await freePorts(5)
    const ports = { http, admin, status, metrics, ipfs }
    lines.push([
      ...['--manifest', manifest, '--rpc', `anvil:${rpcUrl}`, '--name', name, '--postgres-url', postgresUrl],
      ...['--data-dir', join(dataDir, name)],
      ...Object.entries(ports).flatMap(([door, port]) => [`--${door}-port`, String(port)]),
    ])
    deployments.push({
      id: '',
      name,
      endpoint: `http://127.0.0.1:${http}/subgraphs/name/${name}`,
      statusUrl: `http://127.0.0.1:${status}/graphql`,
    })
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'indexers.ts')], {
    env: { ...process.env, ETHEREUM_POLLING_INTERVAL: '200', HEDDLE_LOG_LEVEL: 'warn' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  child.stderr.pipe(log, { end: false })
  child.stdin.end(JSON.stringify(lines))
  const exited = once(child, 'exit')
  const ids = await startedIds(child.stdout, log)
  return {
    name: 'heddle',
    isRunning: () => child.exitCode === null && child.signalCode === null,
    deployments: deployments.map((deployment, index) => ({ ...deployment, id: ids[index] ?? '' })),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      log.end()
    },
  }
}

/** One line for each build says its id, or nothing if it was refused; all that follows goes to the log. */
async function startedIds(stdout: NodeJS.ReadableStream, log: NodeJS.WritableStream): Promise<readonly string[]> {
  const reader = createInterface(stdout)
  return await new Promise((resolve, reject) => {
    reader.on('line', (line) => {
      if (line.startsWith('started ')) resolve(JSON.parse(line.slice('started '.length)))
      else log.write(`${line}\n`)
    })
    reader.once('close', () => reject(new Error('our indexers ended before they had started')))
  })
}
