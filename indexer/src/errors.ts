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

/** Where on the chain something went wrong. Every room may throw, so this page imports none. */
interface BlockPtr {
  readonly number: number
  readonly hash: string
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

/** A data source that a mapping asked for cannot be made. graph-node is not sure that it must be so, and its words are these. */
export class SourceImpossibleError extends IndexerError {
  readonly code = 'DEPLOYMENT_SOURCE_IMPOSSIBLE'
  readonly remedy = 'fail'
  readonly facts: { reason: string; isDeterministic: false }

  constructor(reason: string) {
    super(reason)
    this.facts = { reason, isDeterministic: false }
  }
}

/** A mapping calls a contract with too few or too many arguments. The words are graph-node's, which is not sure that it must be so. */
export class CallArgumentsError extends IndexerError {
  readonly code = 'DEPLOYMENT_CALL_ARGUMENTS'
  readonly remedy = 'fail'
  readonly facts: { wanted: number; found: number; isDeterministic: false }

  constructor(contract: string, fn: string, { wanted, found }: { readonly wanted: number; readonly found: number }) {
    super(
      `Failed to call function "${fn}" of contract "${contract}": error encoding input call data: unexpected number of values; ` +
        `expected ${wanted}, got ${found}`,
    )
    this.facts = { wanted, found, isDeterministic: false }
  }
}

/** A data source is to grow from a template that the manifest does not have. */
export class TemplateMissingError extends IndexerError {
  readonly code = 'DEPLOYMENT_TEMPLATE_MISSING'
  readonly remedy = 'fail'
  readonly facts: { template: string; templates: readonly string[] }

  constructor(template: string, templates: readonly string[]) {
    super(`The manifest has no template "${template}". It has: ${templates.join(', ') || 'none'}.`)
    this.facts = { template, templates }
  }
}

// ── trigger ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Two handlers of one data source match one log; which comes first is nowhere said. */
export class AmbiguousHandlersError extends IndexerError {
  readonly code = 'TRIGGER_HANDLERS_AMBIGUOUS'
  readonly remedy = 'fail'
  /** `chain`: the same in graph-node's words, with where it happened. */
  readonly facts: { source: string; event: string; chain: string }

  /** @param place - of the log, as `block #7 (0x…), transaction …`; what comes from another deployment has none */
  constructor(source: string, event: string, place?: string) {
    const what = `Multiple handlers defined for ${place === undefined ? 'entity' : 'event'} \`${event}\`, only one is supported`
    super(`${what}. Split the data source "${source}" into two.`)
    this.facts = { source, event, chain: place === undefined ? what : `failed to process trigger: ${place}: ${what}` }
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

/** Nodes that were named for one network are of different chains. */
export class NodesOfTwoChainsError extends IndexerError {
  readonly code = 'CHAIN_NODES_OF_TWO_CHAINS'
  readonly remedy = 'crash'
  readonly facts: { network: string; chainIds: Readonly<Record<string, number>> }

  /** @param chainIds - by what nodes are called, without their keys */
  constructor(network: string, chainIds: Readonly<Record<string, number>>) {
    const each = Object.entries(chainIds).map(([node, id]) => `${node} has chain id ${id}`)
    super(
      `The nodes for "${network}" are not of one chain: ${each.join(', ')}. Point --rpc at nodes of the same chain.`,
    )
    this.facts = { network, chainIds }
  }
}

/** Two nodes have to give the same answer, and no two did. Nothing of it is stored. */
export class NodesDisagreeError extends IndexerError {
  readonly code = 'CHAIN_NODES_DISAGREE'
  readonly remedy = 'retry'
  readonly facts: { method: string; nodes: readonly string[] }

  /** @param nodes - how they are called, without their keys */
  constructor(method: string, nodes: readonly string[]) {
    super(
      `No two nodes give the same answer to ${method}: ${nodes.join(', ')}. It is asked again until two do; name a third node ` +
        'with --rpc, so that two can outvote one.',
    )
    this.facts = { method, nodes }
  }
}

/** A deployment has call handlers, and the node cannot say who called whom. */
export class NoTracesError extends IndexerError {
  readonly code = 'CHAIN_NO_TRACES'
  readonly remedy = 'crash'
  readonly facts: { reason: string }

  constructor(reason: string, cause?: unknown) {
    super(
      'The subgraph has call handlers or block handlers with the filter `call`, which need a node with traces, but the node ' +
        `has neither trace_filter nor trace_block (${reason}). Point --rpc at a node that has one of them, such as anvil, Erigon, ` +
        'Nethermind or Reth with its trace API open; or listen to events instead.',
      { cause },
    )
    this.facts = { reason }
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

/** The chain was replaced below a block that was taken for final. What is stored stays as it is, and is served. */
export class ReorgTooDeepError extends IndexerError {
  readonly code = 'CHAIN_REORG_TOO_DEEP'
  readonly remedy = 'fail'
  readonly facts: { network: string; ours: BlockPtr; theirs: BlockPtr | null; shared: BlockPtr | null; final: number }

  constructor(facts: ReorgTooDeepError['facts']) {
    const { network, ours, theirs, shared, final } = facts
    const there = theirs === null ? 'no block' : `${theirs.hash}`
    super(
      `The chain of "${network}" was replaced below block ${final}, which was taken for final: of block ${ours.number} the index has ` +
        `${ours.hash}, the node has ${there}, and the newest block of both is ${shared?.number ?? 'none'}. Nothing is ` +
        'thrown away in production, and what is indexed is served on. If the node is wrong, repair it or point --rpc at another ' +
        'one: indexing then goes on by itself. If it is right, run heddle-indexer rebuild: it makes the index anew from the node and ' +
        'puts it in place, and indexing goes on from there; or start again with a --finality that calls fewer blocks final.',
    )
    this.facts = facts
  }
}

// ── entity ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A mapping did what its schema or the arithmetic forbids. Any indexer would stop at the same place, so the error is stored. */
export class MappingError extends IndexerError {
  readonly code = 'ENTITY_MAPPING_ERROR'
  readonly remedy = 'fail'
  readonly facts: { reason: string; isDeterministic: boolean }

  /**
   * @param reason - graph-node's words where it has some: clients see them as the deployment's fatal error
   * @param isDeterministic - whether graph-node is sure that every indexer would meet it
   */
  constructor(reason: string, cause?: unknown, isDeterministic = true) {
    super(reason, { cause })
    this.facts = { reason, isDeterministic }
  }
}

/** A mapping asked for a label of the Ethereum Name Service where none was ever brought in. The words are graph-node's. */
export class EnsLabelsMissingError extends IndexerError {
  readonly code = 'ENS_LABELS_MISSING'
  readonly remedy = 'fail'
  readonly facts: { isDeterministic: false } = { isDeterministic: false }

  constructor() {
    super('Missing ENS data: see https://github.com/graphprotocol/ens-rainbow')
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

/** A mapping aborted, trapped, or asked for what cannot be. The same block would do it again, so the runner stops. */
export class HandlerTrapError extends IndexerError {
  readonly code = 'WASM_HANDLER_TRAPPED'
  readonly remedy = 'fail'
  readonly facts: {
    handler: string
    at: BlockPtr
    reason: string
    /** Whether any indexer would stop here; graph-node goes on trying where it is not so sure. */
    isDeterministic: boolean
    /** The same in graph-node's words, with where it happened and through which calls. */
    chain: string
    /** Where in the mapping's source, if the mapping said so. */
    position: { readonly file: string; readonly line: number; readonly column: number } | null
  }

  constructor(
    handler: string,
    { number, hash }: BlockPtr,
    trap: Pick<HandlerTrapError['facts'], 'reason' | 'isDeterministic' | 'position'> & { readonly chain?: string },
    cause?: unknown,
  ) {
    super(
      `${handler} failed at block ${number}: ${trap.reason.replace(/[^.!?]$/, '$&.')} Fix the mapping and redeploy.`,
      { cause },
    )
    this.facts = { handler, at: { number, hash }, chain: trap.reason, ...trap }
  }
}

/** A handler runs longer than it may: an endless loop, or far too much work for one event. Another machine might get through. */
export class HandlerTimeoutError extends IndexerError {
  readonly code = 'WASM_HANDLER_TIMED_OUT'
  readonly remedy = 'fail'
  readonly facts: { handler: string; seconds: number; reason: string; isDeterministic: false }

  constructor(handler: string, seconds: number) {
    const reason = `Handler '${handler}' hit the timeout of '${seconds}' seconds`
    super(`${reason}. Make it do less, or set GRAPH_MAPPING_HANDLER_TIMEOUT.`)
    this.facts = { handler, seconds, reason, isDeterministic: false }
  }
}

/** The IPFS node did not answer, or broke off. Asking again may help. */
export class IpfsUnreachableError extends IndexerError {
  readonly code = 'IPFS_UNREACHABLE'
  readonly remedy = 'retry'
  readonly facts: { asked: string; reason: string }

  constructor(asked: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`The IPFS node did not answer ${asked}: ${reason}. Check that --ipfs names one that is up.`, { cause })
    this.facts = { asked, reason }
  }
}

/**
 * The handler of a file failed. What another attempt meets may be another content, so it is no failure that every indexer shares,
 * whatever the reason.
 */
export class FileHandlerError extends IndexerError {
  readonly code = 'FILE_HANDLER_FAILED'
  readonly remedy = 'fail'
  /** `chain`: the same in graph-node's words, which names the handler where another content would not help, and a block without its hash. */
  readonly facts: { reason: string; chain: string; file: string; fileHandler: string; isDeterministic: false }

  /** @param askedAt - number of the block in which the file was asked for */
  constructor(fileHandler: string, file: string, askedAt: number, cause: IndexerError) {
    const known = cause.facts as { reason?: string; chain?: string; isDeterministic?: boolean }
    const { reason = cause.message, chain = reason, isDeterministic = false } = known
    super(`${fileHandler} failed on the file ${file}: ${reason}`, { cause })
    const told = `${chain.replace(/^: /, '')} in handler \`${fileHandler}\` at block #${askedAt} ()`
    const isTraced = isDeterministic && chain !== reason
    this.facts = { reason, chain: isTraced ? told : chain, file, fileHandler, isDeterministic: false }
  }
}

// ── store ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Postgres does not answer: it restarts, ran out of connections, or took too long. What was under way is undone or done, never half. */
export class StoreUnavailableError extends IndexerError {
  readonly code = 'STORE_UNAVAILABLE'
  readonly remedy = 'retry'
  readonly facts: { reason: string; sqlState: string | null }

  constructor(reason: string, sqlState: string | null, cause?: unknown) {
    super(`Postgres does not answer: ${reason}. ${databaseAdvice(sqlState)}`, { cause })
    this.facts = { reason, sqlState }
  }
}

/** The server has too few connections for one more deployment, which has to wait until another ends, or there are more. */
export class ConnectionsShortError extends IndexerError {
  readonly code = 'STORE_CONNECTIONS_SHORT'
  readonly remedy = 'fail'
  readonly facts: { fit: number; maxConnections: number }

  constructor(fit: number, maxConnections: number) {
    super(
      `With max_connections ${maxConnections}, Postgres has room for ${fit} deployments side by side: this one waits. Raise max_connections by two for each ` +
        'deployment, or index some of them with another database.',
    )
    this.facts = { fit, maxConnections }
  }
}

/** What to do about a state of Postgres that may pass. @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
function databaseAdvice(sqlState: string | null): string {
  switch (sqlState) {
    case '53300':
      return 'It has no connection left: raise max_connections, or let fewer programs use it. It is tried again.'
    case '53200':
      return 'It is out of memory: give it more, or lower work_mem. It is tried again.'
    case '57014':
      return 'The statement took longer than it may: see whether something else keeps the server busy. It is tried again.'
    case '40P01':
    case '40001':
    case '55P03':
      return 'Another transaction was in the way. It is tried again.'
    case '25006':
      return 'It is read-only, as after a failover: let --postgres-url name the server that takes writes. It is tried again.'
    case '57P01':
    case '57P02':
    case '57P03':
      return 'It is being stopped or started. It is tried again.'
    default:
      return 'Check that the server of --postgres-url is up.'
  }
}

/** Another process indexes the same deployment into the same database. */
export class DeploymentBusyError extends IndexerError {
  readonly code = 'STORE_DEPLOYMENT_BUSY'
  readonly remedy = 'crash'
  readonly facts: { deployment: string }

  constructor(deployment: string) {
    super(`Another process is indexing ${deployment} into this database. Stop it first, or use another database.`)
    this.facts = { deployment }
  }
}

/** A mapping wrote what the tables refuse: an immutable entity again, a null too much, an unknown enum value, a number too large. */
export class StoreConstraintError extends IndexerError {
  readonly code = 'STORE_CONSTRAINT_BROKEN'
  readonly remedy = 'fail'
  readonly facts: { reason: string; table: string | null; isDeterministic: false }

  constructor(reason: string, table: string | null, cause?: unknown) {
    super(`${table === null ? '' : `${table}: `}${reason}`, { cause })
    this.facts = { reason, table, isDeterministic: false }
  }
}

/** The database was written by a Heddle whose tables look different. */
export class StoreFormatError extends IndexerError {
  readonly code = 'STORE_FORMAT_UNKNOWN'
  readonly remedy = 'crash'
  readonly facts: { what: string; found: number; wanted: number }

  constructor(what: string, found: number, wanted: number) {
    super(
      `${what} has format ${found}, but this Heddle reads and writes format ${wanted}. Use the version that wrote it, or ` +
        'index into another database.',
    )
    this.facts = { what, found, wanted }
  }
}

/** The rows are not what the cache or the caller took them for. */
export class StoreMismatchError extends IndexerError {
  readonly code = 'STORE_MISMATCH'
  readonly remedy = 'crash'
  readonly facts: { reason: string }

  constructor(reason: string) {
    super(
      `The stored rows and the indexer disagree: ${reason}. Restart; if it comes back, index from nothing and report it.`,
    )
    this.facts = { reason }
  }
}

/** The deployment that another one is grafted onto does not hold the graft's block, or holds one of another chain. */
export class GraftBaseBehindError extends IndexerError {
  readonly code = 'STORE_GRAFT_BASE_BEHIND'
  readonly remedy = 'retry'
  readonly facts: { base: string; block: number; reached: number }

  constructor({ base, block }: { readonly base: string; readonly block: number }, reached: number) {
    super(`The graft base ${base} has to reach block ${block} first; it is at ${reached}. Let it be indexed here.`)
    this.facts = { base, block, reached }
  }
}

/** A statement failed for a reason that neither a mapping nor the network explains. */
export class StoreQueryError extends IndexerError {
  readonly code = 'STORE_QUERY_FAILED'
  readonly remedy = 'crash'
  readonly facts: { reason: string; sqlState: string | null }

  constructor(reason: string, sqlState: string | null, cause?: unknown) {
    super(`Postgres refused a statement: ${reason}.`, { cause })
    this.facts = { reason, sqlState }
  }
}

/** The database's disk is full. Nothing was half written. */
export class StoreDiskFullError extends IndexerError {
  readonly code = 'STORE_DISK_FULL'
  readonly remedy = 'retry'
  readonly facts: { reason: string }

  constructor(reason: string, cause?: unknown) {
    super(`The disk of Postgres is full: ${reason}. Free some space; indexing goes on by itself.`, { cause })
    this.facts = { reason }
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

// ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A file of invariants that cannot be followed: unreadable, or of other fields and functions than the deployment's. */
export class InvalidInvariantsError extends IndexerError {
  readonly code = 'VERIFY_INVARIANTS_INVALID'
  readonly remedy = 'crash'
  readonly facts: { file: string; problems: readonly string[] }

  constructor(file: string, problems: readonly string[], cause?: unknown) {
    super(`${file} cannot be followed:\n  ${problems.join('\n  ')}`, { cause })
    this.facts = { file, problems }
  }
}

/** A command was told of a deployment that the database does not have. */
export class DeploymentUnknownError extends IndexerError {
  readonly code = 'VERIFY_DEPLOYMENT_UNKNOWN'
  readonly remedy = 'crash'
  readonly facts: { wanted: string; known: readonly string[] }

  constructor(wanted: string, known: readonly string[]) {
    super(
      wanted === ''
        ? 'Nothing is deployed in this database.'
        : `"${wanted}" is no deployment of this database, and no name of one. Known: ${known.join(', ') || 'none'}.`,
    )
    this.facts = { wanted, known }
  }
}

/** An index that was made anew beside another did not come as far. */
export class RebuildStoppedError extends IndexerError {
  readonly code = 'VERIFY_REBUILD_STOPPED'
  readonly remedy = 'crash'
  readonly facts: { deployment: string; at: BlockPtr | null }

  constructor(deployment: string, at: BlockPtr | null, cause?: unknown) {
    super(
      `The new index of ${deployment} stopped at block ${at?.number ?? 'none'}, before it was as far as the running one; that one ` +
        `was left as it is.${cause instanceof Error ? ` ${cause.message}` : ''}`,
      { cause },
    )
    this.facts = { deployment, at }
  }
}

/** Somebody else has replaced rows of the deployment, for example a rebuild: what is remembered of them counts no more. */
export class StoreRewrittenError extends IndexerError {
  readonly code = 'STORE_REWRITTEN'
  readonly remedy = 'retry'
  readonly facts: { deployment: string }

  constructor(deployment: string) {
    super(
      `Rows of ${deployment} were replaced by a rebuild or a verification. Indexing goes on from what is stored now.`,
    )
    this.facts = { deployment }
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

// ── serve ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Another program listens where a door was to be opened. */
export class PortTakenError extends IndexerError {
  readonly code = 'SERVE_PORT_TAKEN'
  readonly remedy = 'crash'
  readonly facts: { port: number; option: string }

  constructor(port: number, option: string) {
    super(`Port ${port} is taken by another program: end it, or choose another with ${option}.`)
    this.facts = { port, option }
  }
}

/** A file is larger than what is kept or read. */
export class FileTooLargeError extends IndexerError {
  readonly code = 'IPFS_FILE_TOO_LARGE'
  readonly remedy = 'fail'
  readonly facts: { maxBytes: number }

  constructor(maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes. Raise GRAPH_MAX_IPFS_FILE_BYTES if it has to be.`)
    this.facts = { maxBytes }
  }
}

/** A deployment that is to be indexed was stored without its files, by a Heddle that did not keep them. */
export class DeploymentFilesMissingError extends IndexerError {
  readonly code = 'DEPLOYMENT_FILES_MISSING'
  readonly remedy = 'crash'
  readonly facts: { deployment: string }

  constructor(deployment: string) {
    super(`The files of ${deployment} are not in the database. Deploy it again.`)
    this.facts = { deployment }
  }
}

/** A deployment is of a network that no --rpc names. */
export class NetworkUnknownError extends IndexerError {
  readonly code = 'DEPLOYMENT_NETWORK_UNKNOWN'
  readonly remedy = 'crash'
  readonly facts: { network: string; known: readonly string[] }

  constructor(network: string, known: readonly string[]) {
    super(`The network "${network}" is unknown, --rpc names only ${known.join(', ')}. Add --rpc ${network}:<url>.`)
    this.facts = { network, known }
  }
}

/** The thread of a deployment ended without a word: out of memory, or by an error that nobody caught. */
export class MemberDiedError extends IndexerError {
  readonly code = 'DEPLOYMENT_THREAD_DIED'
  readonly remedy = 'crash'
  readonly facts: { deployment: string; reason: string }

  constructor(deployment: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`The thread that indexes ${deployment} died: ${reason}. It is started again; nothing was half written.`, {
      cause,
    })
    this.facts = { deployment, reason }
  }
}
