import { setTimeout as pause } from 'node:timers/promises'
import { parseRebuild, parseVerify } from './commands/command-line.ts'
import { runRebuild } from './commands/rebuild-command.ts'
import { runVerify } from './commands/verify-command.ts'
import { type Config, parseConfig, UsageError } from './config.ts'
import { IndexerError, StoreUnavailableError } from './errors.ts'
import { type Indexer, startIndexer } from './indexer.ts'
import { createLog, type Log } from './log.ts'

/**
 * The process that indexes. Exit codes: 0 it was told to stop; 1 it could not start, or go on; 2 its command line cannot be followed.
 */
async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2), process.env)
  const log = createLog(config.logLevel)
  const indexer = await startOnceThereIsADatabase(config, log)
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })
  try {
    // A deployment that failed for good still answers queries, so only an error ends the process.
    const signal = await Promise.race([told, indexer.ended])
    log.info('indexer.stopping', { signal })
  } finally {
    await indexer.stop()
  }
}

/** Where the two start together, as after a power cut, the database is seldom the first. */
async function startOnceThereIsADatabase(config: Config, log: Log): Promise<Indexer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await startIndexer(config, log)
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      const waitMs = Math.min(250 * 2 ** attempt, 5_000)
      log.warn('indexer.waits', { error, waitMs })
      await pause(waitMs)
    }
  }
}

/** What is told to do: `verify`, `rebuild`, or to index. */
async function command([name, ...rest]: readonly string[]): Promise<number> {
  if (name === 'verify') return (await runVerify(parseVerify(rest, process.env), console.log, interrupted())) ? 0 : 1
  if (name === 'rebuild') {
    await runRebuild(parseRebuild(rest, process.env), console.log, interrupted())
    return 0
  }
  await main()
  return 0
}

/** Aborted when the process is told to stop. */
function interrupted(): AbortSignal {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort())
  return ending.signal
}

command(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isExpected = error instanceof IndexerError || error instanceof UsageError
    console.error(isExpected ? `${error.code}: ${error.message}` : error)
    process.exit(error instanceof UsageError ? 2 : 1)
  },
)
