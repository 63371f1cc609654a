import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'
import { ask } from './graphql.ts'
import { repository } from './stack.ts'
import { until } from './until.ts'

/** A running `heddle-indexer`. */
export interface IndexProcess {
  readonly subgraph: string
  readonly statusUrl: string
  end(signal: NodeJS.Signals): Promise<void>
}

/** Runs the command as a user would, on ports of its own. */
export async function heddleIndexer({
  manifest,
  rpcUrl,
  postgresUrl,
}: {
  manifest: string
  rpcUrl: string
  postgresUrl: string
}): Promise<IndexProcess> {
  const [http, admin, status, metrics, ipfs] = await freePorts(5)
  const child = spawn(
    process.execPath,
    [
      join(repository, 'indexer/bin/heddle-indexer.mjs'),
      ...['--manifest', manifest, '--rpc', `anvil:${rpcUrl}`, '--name', 'heddle', '--postgres-url', postgresUrl],
      ...[
        '--http-port',
        `${http}`,
        '--admin-port',
        `${admin}`,
        '--status-port',
        `${status}`,
        '--metrics-port',
        `${metrics}`,
        '--ipfs-port',
        `${ipfs}`,
      ],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, HEDDLE_LOG_LEVEL: 'error' } },
  )
  const ended = once(child, 'exit')
  return {
    subgraph: `http://127.0.0.1:${http}/subgraphs/name/heddle`,
    statusUrl: `http://127.0.0.1:${status}/graphql`,
    end: async (signal) => {
      child.kill(signal)
      await ended
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
