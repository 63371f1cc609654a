import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Indexer } from '@heddle/indexer'
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
  const anyPort = ['http', 'admin', 'status', 'metrics', 'ipfs'].flatMap((door) => [`--${door}-port`, '0'])
  const lines = builds.map(({ name, manifest, postgresUrl }) => [
    ...['--manifest', manifest, '--rpc', `anvil:${rpcUrl}`, '--name', name, '--postgres-url', postgresUrl],
    ...['--data-dir', join(dataDir, name), ...anyPort],
  ])
  const child = spawn(process.execPath, [join(import.meta.dirname, 'indexers.ts')], {
    env: { ...process.env, ETHEREUM_POLLING_INTERVAL: '200', HEDDLE_LOG_LEVEL: 'warn' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  child.stderr.pipe(log, { end: false })
  child.stdin.end(JSON.stringify(lines))
  const exited = once(child, 'exit')
  const started = await startedOf(child.stdout, log)
  return {
    name: 'heddle',
    isRunning: () => child.exitCode === null && child.signalCode === null,
    deployments: builds.map(({ name }, index) => endpointOf(name, started[index] ?? null)),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      log.end()
    },
  }
}

type Started = { readonly id: string; readonly ports: Indexer['ports'] } | null

/** Of a build that was refused, nobody answers. */
function endpointOf(name: string, started: Started): Endpoint {
  const { http, status } = started?.ports ?? { http: 1, status: 1 }
  return {
    id: started?.id ?? '',
    name,
    endpoint: `http://127.0.0.1:${http}/subgraphs/name/${name}`,
    statusUrl: `http://127.0.0.1:${status}/graphql`,
  }
}

/** One line says where each build is answered, once all have started; all that follows goes to the log. */
async function startedOf(stdout: NodeJS.ReadableStream, log: NodeJS.WritableStream): Promise<readonly Started[]> {
  const reader = createInterface(stdout)
  return await new Promise((resolve, reject) => {
    reader.on('line', (line) => {
      if (line.startsWith('started ')) resolve(JSON.parse(line.slice('started '.length)))
      else log.write(`${line}\n`)
    })
    reader.once('close', () => reject(new Error('our indexers ended before they had started')))
  })
}
