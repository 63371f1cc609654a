import type { Hex } from '../chain/block.ts'
import type { IdType } from '../deployment/schema.ts'
import { MappingError } from '../errors.ts'
import type { Value } from './value.ts'

/** What mappings pass as id to have one made. */
export const autoId = 'auto'

/**
 * Makes the n-th id of a block. The count runs over all types of the block, so ids also tell the order of creation.
 * @throws {@link MappingError} for String ids, which cannot be made
 * @see graphprotocol/graph-node graph/src/components/store/entity_cache.rs, `generate_id`
 */
export function generateId(idType: IdType, block: number, sequence: number): string {
  switch (idType) {
    case 'Int8':
      return ((BigInt(block) << 32n) + BigInt(sequence)).toString()
    case 'Bytes':
      return `0x${word(block)}${word(sequence)}`
    case 'String':
      throw new MappingError('String does not support generating ids')
  }
}

/** An id as the value of the field `id`. */
export function idValue(idType: IdType, id: string): Value {
  switch (idType) {
    case 'String':
      return { kind: 'String', value: id }
    case 'Int8':
      return { kind: 'Int8', value: BigInt(id) }
    case 'Bytes':
      return { kind: 'Bytes', value: id as Hex }
  }
}

/** The text form of an id or of a reference to one; null for values that cannot be ids. */
export function idText(value: Value): string | null {
  switch (value.kind) {
    case 'String':
    case 'Bytes':
      return value.value
    case 'Int8':
      return value.value.toString()
    default:
      return null
  }
}

/**
 * Brings an id as a mapping wrote it into the one form under which it is known: lower-case `0x…`, plain decimal.
 * @returns null for what is no id of that type
 */
export function canonicalId(idType: IdType, id: string): string | null {
  switch (idType) {
    case 'String':
      return id
    case 'Bytes': {
      const digits = id.startsWith('0x') ? id.slice(2) : id
      return digits.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(digits) ? `0x${digits.toLowerCase()}` : null
    }
    case 'Int8':
      return /^[+-]?[0-9]+$/.test(id) && isInt8(BigInt(id)) ? BigInt(id).toString() : null
  }
}

/** An id as graph-node prints it for its own people: as the value of a field, or as the key of an entity. */
export function describeId(value: Value, as: 'value' | 'key'): string {
  const text = idText(value) ?? ''
  const inner = value.kind === 'String' ? JSON.stringify(text) : text
  if (as === 'value' || value.kind === 'Int8') return `${value.kind}(${inner})`
  return value.kind === 'String' ? `String(Word(${inner}))` : `Bytes(Bytes(${inner}))`
}

/** Why {@link canonicalId} says null, in graph-node's words. */
export function idProblem(idType: IdType, id: string): string {
  const why = idType === 'Bytes' ? hexProblem(id.startsWith('0x') ? id.slice(2) : id) : int8Problem(id)
  return `can not convert \`${id}\` to Id::${idType}: ${why}`
}

function hexProblem(digits: string): string {
  if (digits.length % 2 !== 0) return 'Odd number of digits'
  const position = digits.search(/[^0-9a-fA-F]/)
  return `Invalid character '${digits[position]}' at position ${position}`
}

function int8Problem(digits: string): string {
  if (digits === '') return 'cannot parse integer from empty string'
  if (!/^[+-]?[0-9]+$/.test(digits)) return 'invalid digit found in string'
  return `number too ${digits.startsWith('-') ? 'small' : 'large'} to fit in target type`
}

function isInt8(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}

function word(value: number): string {
  return value.toString(16).padStart(8, '0')
}
