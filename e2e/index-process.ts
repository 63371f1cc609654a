import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { hasMembers } from '../start/processes.mjs'
import { freePorts } from './free-ports.ts'
import { ask } from './graphql.ts'
import { repository } from './stack.ts'
import { until } from './until.ts'

/** A running `heddle-indexer`. */
export interface IndexProcess {
  readonly subgraph: string
  readonly statusUrl: string
  /** Sends a signal to all of its processes, as a terminal does, and waits until they are gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** Runs the command as a user would, on ports of its own. */
export function heddleIndexer(options: {
  manifest: string
  rpcUrl: string
  postgresUrl: string
}): Promise<IndexProcess> {
  const { manifest, rpcUrl, postgresUrl } = options
  const bin = `exec ${process.execPath} ${join(repository, 'start/heddle-indexer.mjs')}`
  const line = `${bin} --manifest ${manifest} --rpc anvil:${rpcUrl} --name heddle --postgres-url ${postgresUrl}`
  return heddleIndexerFrom(line, { ...process.env, HEDDLE_LOG_LEVEL: 'error' })
}

/** The same from a whole command line, which names the subgraph with `--name`. */
export async function heddleIndexerFrom(line: string, env: NodeJS.ProcessEnv): Promise<IndexProcess> {
  const [http, admin, status, metrics, ipfs] = await freePorts(5)
  const ports = `--http-port ${http} --admin-port ${admin} --status-port ${status} --metrics-port ${metrics} --ipfs-port ${ipfs}`
  const child = spawn('sh', ['-c', `${line} ${ports}`], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const group = child.pid ?? 0
  const ended = once(child, 'exit')
  const name = /--name (\S+)/.exec(line)?.[1]
  return {
    subgraph: `http://127.0.0.1:${http}/subgraphs/name/${name}`,
    statusUrl: `http://127.0.0.1:${status}/graphql`,
    end: async (signal) => {
      process.kill(-group, signal)
      await ended
      await until(
        'its processes are gone',
        async () => hasMembers(group),
        (isAlive) => !isAlive,
        20_000,
      )
    },
  }
}

/** Waits until an index has handled a block. */
export function untilIndexed(subgraph: string, block: number, withinMs = 60_000): Promise<unknown> {
  return until(
    `${subgraph} has block ${block}`,
    async () =>
      (
        (await ask(subgraph, '{ _meta { block { number } } }')).data as
          | { _meta?: { block: { number: number } } }
          | undefined
      )?._meta?.block.number,
    (number) => number !== undefined && number >= block,
    withinMs,
  )
}
