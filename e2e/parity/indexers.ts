/**
 * Several indexers in one process: reads a JSON list of command lines from its input, starts each as `heddle-indexer` would,
 * and prints `started [{ id, ports }, …]`, with null where a build was refused.
 */
import { text } from 'node:stream/consumers'
import { createLog, type Indexer, parseConfig, startIndexer } from '@heddle/indexer'

const lines: string[][] = JSON.parse(await text(process.stdin))
const running: Indexer[] = []
const started: ({ readonly id: string; readonly ports: Indexer['ports'] } | null)[] = []
for (const line of lines) {
  const config = parseConfig(line, process.env)
  try {
    const indexer = await startIndexer(config, createLog(config.logLevel))
    indexer.ended.catch((error: unknown) => console.error(line[5], error))
    running.push(indexer)
    started.push({ id: indexer.deployment, ports: indexer.ports })
  } catch (error) {
    console.error(line[5], error)
    started.push(null)
  }
}
console.log(`started ${JSON.stringify(started)}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    Promise.all(running.map((indexer) => indexer.stop())).finally(() => process.exit(0))
  })
}
