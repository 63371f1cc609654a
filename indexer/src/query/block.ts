import type { BlockPtr, Hex } from '../chain/block.ts'
import type { Settled } from '../chain/finality.ts'
import { QueryRefusedError } from '../errors.ts'
import { type Arguments, invalidArgumentProblem } from './arguments.ts'

/** Which state a root field asks for. `from`: the latest, if progress has come as far as this number. `settled`: the newest that is. */
export type BlockConstraint =
  | { readonly kind: 'latest' }
  | { readonly kind: 'hash'; readonly hash: Hex }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'from'; readonly number: number }
  | { readonly kind: 'settled'; readonly as: keyof Settled }

/** What a deployment has indexed, as far as block constraints care. */
export interface IndexedRange extends Settled {
  readonly deployment: string
  readonly earliest: number
  readonly progress: BlockPtr
}

/** Of a field that says nothing about its block. */
export const latest: BlockConstraint = { kind: 'latest' }

/**
 * Reads the argument `block`. A hash beats a number beats a `number_gte`.
 * @param otherwise - what is asked for without one
 * @throws {@link QueryRefusedError} for an object with none of them
 */
export function readBlock(values: Arguments, otherwise: BlockConstraint = latest): BlockConstraint {
  const block = values.get('block')
  if (block?.kind !== 'Object') return otherwise
  const hash = block.fields.get('hash')
  if (hash?.kind === 'String' && isHex(hash.value)) return { kind: 'hash', hash: normalHex(hash.value) }
  const number = block.fields.get('number')
  if (number?.kind === 'Int' && hash === undefined) return { kind: 'number', number: Number(number.value) }
  const from = block.fields.get('number_gte')
  if (from?.kind === 'Int' && hash === undefined && number === undefined) {
    return { kind: 'from', number: Number(from.value) }
  }
  throw new QueryRefusedError([invalidArgumentProblem('block', block)])
}

export function isSameBlock(a: BlockConstraint, b: BlockConstraint): boolean {
  return a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b)
}

/**
 * The number of the block whose state is asked for; null for the latest.
 * @param byHash - the number of a block of this chain, or null if its hash is not known
 * @throws {@link QueryRefusedError} if that state is not there (yet, or any more)
 */
export function resolveBlock(
  constraint: BlockConstraint,
  range: IndexedRange,
  byHash: (hash: Hex) => number | null,
): number | null {
  if (constraint.kind === 'latest') return null
  if (constraint.kind === 'settled') {
    const number = range[constraint.as]
    if (number === null)
      throw undecodable('block.number', `subgraph ${range.deployment} has no ${constraint.as} block yet`)
    checkRange('block.number', number, range)
    return number
  }
  if (constraint.kind === 'hash') {
    const number = byHash(constraint.hash)
    if (number === null) throw undecodable('block.hash', 'no block with that hash found')
    checkRange('block.number', number, range)
    return number
  }
  checkRange(constraint.kind === 'from' ? 'block.number_gte' : 'block.number', constraint.number, range)
  return constraint.kind === 'from' ? null : constraint.number
}

function checkRange(name: string, number: number, { deployment, earliest, progress }: IndexedRange): void {
  if (number > progress.number) {
    throw undecodable(
      name,
      `subgraph ${deployment} has only indexed up to block number ${progress.number} and data for block number ${number} is therefore not yet available`,
    )
  }
  if (number < earliest && name !== 'block.number_gte') {
    throw undecodable(
      name,
      `subgraph ${deployment} only has data starting at block number ${earliest} and data for block number ${number} is therefore not available`,
    )
  }
}

function undecodable(name: string, reason: string): QueryRefusedError {
  return new QueryRefusedError([{ message: `Failed to decode \`${name}\` value: \`${reason}\`` }])
}

function isHex(text: string): boolean {
  return /^(0x)?([0-9a-fA-F]{2})*$/.test(text)
}

function normalHex(text: string): Hex {
  return `0x${text.replace(/^0x/, '').toLowerCase()}`
}
