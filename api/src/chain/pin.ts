/** One block per operation: what that block is, and how the subgraph says that it is no more. */
import { isRecord, PIN_ALIAS } from './names.ts'

export interface BlockPtr {
  readonly number: number
  /** Null where the subgraph does not know it: a block that was asked for by number. */
  readonly hash: string | null
  /** Unix seconds. */
  readonly timestamp: number | null
}

/** Reads `_pin` from an upstream answer. Null if it is not there. */
export function readPin(data: Readonly<Record<string, unknown>>): BlockPtr | null {
  const pin = data[PIN_ALIAS]
  const block = isRecord(pin) ? pin.block : undefined
  if (!isRecord(block) || typeof block.number !== 'number') {
    return null
  }
  const { number, hash, timestamp } = block
  return {
    number,
    // graph-node answers zeroes, or null, for the hash of a block that was asked for by number.
    hash: typeof hash === 'string' && !/^0x0*$/.test(hash) ? hash : null,
    timestamp: typeof timestamp === 'number' ? timestamp : null,
  }
}

/** The value of a `Block_height` variable that asks for exactly this block. */
export function blockHeight({ number, hash }: BlockPtr): { hash: string } | { number: number } {
  return hash === null ? { number } : { hash }
}

/**
 * Whether an upstream error means that the block we pinned to went away under us.
 * @see graphprotocol/graph-node graphql/src/runner.rs and store/resolver.rs: the words
 */
export function isReorg(message: string, pinned: boolean): boolean {
  return (
    /the chain was reorganized while executing the query/i.test(message) ||
    (pinned && /no block with that hash found|has only indexed up to block number/i.test(message))
  )
}
