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
