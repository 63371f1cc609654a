/** The public surface: what other packages may use of the indexer. */
export { type Config, parseConfig } from './config.ts'
export { IndexerError } from './errors.ts'
export { type Indexer, startIndexer } from './indexer.ts'
export { createLog, type Log } from './log.ts'
export { apiSchemaSdl } from './query/schema.ts'
