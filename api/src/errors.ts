/**
 * All that can go wrong in the gateway, and what a client is told about it. An error of this page is meant for clients:
 * its message and facts hold nothing secret. Any other error is masked as `INTERNAL` (see `plugins/use-masked-errors.ts`).
 */
export abstract class GatewayError extends Error {
  abstract readonly code: Uppercase<string>
  /** Goes to `extensions` beside the code. */
  readonly facts: object = {}
  /** The HTTP status when the whole request fails with this error; 200 when only a field does. */
  readonly status: number = 200
}

/** The server that runs the subgraph cannot be reached, or answered with something other than success. */
export class UpstreamUnavailableError extends GatewayError {
  override readonly name = 'UpstreamUnavailableError'
  readonly code = 'UPSTREAM_UNAVAILABLE'

  constructor(cause?: unknown) {
    super('The subgraph cannot be reached at the moment. Try again in a few seconds.', { cause })
  }
}

/** The subgraph did not answer before the operation's deadline. */
export class UpstreamTimeoutError extends GatewayError {
  override readonly name = 'UpstreamTimeoutError'
  readonly code = 'UPSTREAM_TIMEOUT'
  override readonly facts: { timeoutMs: number }

  constructor(timeoutMs: number, cause?: unknown) {
    super('The subgraph took too long to answer. Ask for less, or try again.', { cause })
    this.facts = { timeoutMs }
  }
}

/** The subgraph's answer is no GraphQL answer: no JSON, no object, or a field of it is missing. */
export class UpstreamInvalidError extends GatewayError {
  override readonly name = 'UpstreamInvalidError'
  readonly code = 'UPSTREAM_INVALID'

  constructor(cause?: unknown) {
    super('The subgraph gave an answer that makes no sense. The operators have been told.', { cause })
  }
}

export class UpstreamResponseTooLargeError extends GatewayError {
  override readonly name = 'UpstreamResponseTooLargeError'
  readonly code = 'UPSTREAM_RESPONSE_TOO_LARGE'
  override readonly facts: { maxBytes: number }

  constructor(maxBytes: number) {
    super('The answer is too large. Ask for fewer rows or fields, and page with first and skip.')
    this.facts = { maxBytes }
  }
}

/** The subgraph refused this field. `cause` has its own words, which may name tables and deployments: for the log only. */
export class UpstreamRejectedError extends GatewayError {
  override readonly name = 'UpstreamRejectedError'
  readonly code = 'UPSTREAM_REJECTED'

  constructor(cause: unknown) {
    super('The subgraph could not answer this field.', { cause })
  }
}

/** The subgraph stopped on an error in its mappings at or before the queried block; its data may be wrong. */
export class SubgraphFailedError extends GatewayError {
  override readonly name = 'SubgraphFailedError'
  readonly code = 'SUBGRAPH_FAILED'

  constructor() {
    super('The subgraph has indexing errors. Ask with subgraphError: allow to read its data all the same.')
  }
}

/** Something in an argument that the subgraph cannot take; the message is the subgraph's. */
export class BadUserInputError extends GatewayError {
  override readonly name = 'BadUserInputError'
  readonly code = 'BAD_USER_INPUT'
}

/** The block asked for is not indexed: not yet, no longer, or never. */
export class BlockUnavailableError extends GatewayError {
  override readonly name = 'BlockUnavailableError'
  readonly code = 'BLOCK_UNAVAILABLE'
}

/** The chain was reorganised while the operation ran, and again when it was restarted. */
export class ChainReorgError extends GatewayError {
  override readonly name = 'ChainReorgError'
  readonly code = 'CHAIN_REORG'

  constructor(cause?: unknown) {
    super('The chain was reorganised while this was being answered. Try again.', { cause })
  }
}

/** `@asOf` asks for a state that the subgraph's server cannot tell from others. */
export class FinalityUnknownError extends GatewayError {
  override readonly name = 'FinalityUnknownError'
  readonly code = 'FINALITY_UNKNOWN'

  constructor() {
    super(
      'The subgraph is run by a server that does not know which blocks are final. Ask without @asOf, or at a block by its number.',
    )
  }
}

/** People's rows cannot be read: Postgres is down, overloaded or timed out. */
export class DatabaseUnavailableError extends GatewayError {
  override readonly name = 'DatabaseUnavailableError'
  readonly code = 'DATABASE_UNAVAILABLE'

  constructor(cause?: unknown) {
    super('This part of the data cannot be read at the moment. Try again in a few seconds.', { cause })
  }
}

/** A document that breaks a limit, before it costs anything. */
export class DocumentTooLargeError extends GatewayError {
  override readonly name = 'DocumentTooLargeError'
  override readonly status = 400
  readonly code: 'TOO_MANY_TOKENS' | 'QUERY_TOO_DEEP' | 'QUERY_TOO_LARGE'
  override readonly facts: { limit: number }

  constructor(code: DocumentTooLargeError['code'], limit: number) {
    super(
      {
        TOO_MANY_TOKENS: `The document is too long: at most ${limit} tokens.`,
        QUERY_TOO_DEEP: `The operation is nested too deeply: at most ${limit} levels.`,
        QUERY_TOO_LARGE: `The operation selects too many fields: at most ${limit}, fragments counted wherever they are spread.`,
      }[code],
    )
    this.code = code
    this.facts = { limit }
  }
}

/** An operation whose lists, if they were full, would hold more than anybody can send. */
export class QueryTooExpensiveError extends GatewayError {
  override readonly name = 'QueryTooExpensiveError'
  readonly code = 'QUERY_TOO_EXPENSIVE'
  override readonly facts: { limit: number }

  constructor(limit: number) {
    super(`This could become more than ${limit} entities. Ask for fewer with first, or nest fewer lists.`)
    this.facts = { limit }
  }
}

/** Config or the weave does not fit the schema: the process must not start. */
export class WeaveError extends Error {
  override readonly name = 'WeaveError'
}
