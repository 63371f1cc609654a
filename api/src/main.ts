/** The process: reads its settings, listens, and on a signal finishes what it has begun. */

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiSchemaSdl } from '../../indexer/src/index.ts'
import { createPrisma } from '../../prisma/index.ts'
import { createHttpUpstream } from './chain/http-upstream.ts'
import { indexerReasons } from './chain/indexer-reasons.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { limits } from './limits/defaults.ts'
import { createLog, describeError } from './log.ts'
import { createGateway } from './server.ts'

async function main(config: Config): Promise<void> {
  const log = createLog(config.logLevel)
  const prisma = createPrisma(config.databaseUrl, { poolSize: config.poolSize })
  const upstream = createHttpUpstream({
    url: config.subgraphUrl,
    timeoutMs: config.operationTimeoutMs,
    maxResponseBytes: limits.maxResponseBytes,
    maxConnections: 64,
  })
  const gateway = createGateway({
    ...config,
    upstream: upstream.ask,
    indexerReasons: indexerReasons(config.subgraphUrl),
    prisma,
    chainSdl: apiSchemaSdl(await readFile(config.subgraphSchema, 'utf8')),
    log,
  })
  // A request has seconds to arrive; after that its connection is worth more than it is.
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    gateway.handle,
  )
  server.listen(config.port, config.host)
  await once(server, 'listening').catch((error: unknown) => {
    throw new ConfigError(
      `The gateway cannot listen at ${config.host}:${config.port}: ${explain(error)}. Set HEDDLE_PORT.`,
    )
  })
  const { port } = server.address() as AddressInfo
  log.info('gateway.listening', { url: `http://${config.host}:${port}/graphql` })
  const stopping = new AbortController()
  void gateway.watchSubgraph(stopping.signal)

  const signal = await Promise.race(['SIGTERM', 'SIGINT'].map((name) => once(process, name).then(() => name)))
  log.info('gateway.draining', { signal })
  stopping.abort()
  gateway.drain()
  const closed = once(server, 'close')
  server.close()
  // A connection that was busy just now is kept for more requests once it is idle: there will be none.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const giveUp = setTimeout(() => server.closeAllConnections(), config.drainTimeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(giveUp)
  await gateway.dispose()
  upstream.close()
  await prisma.$disconnect()
  log.info('gateway.stopped')
}

function explain(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EADDRINUSE' ? 'something else listens there' : String(code ?? error)
}

try {
  await main(readConfig(process.env))
  process.exitCode = 0
} catch (error) {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`)
  } else {
    createLog('error').error('gateway.failed', { error: describeError(error) })
  }
  process.exitCode = 1
}
