import { Buffer } from 'node:buffer'
import type { FieldType } from '../deployment/schema.ts'
import { QueryRefusedError } from '../errors.ts'
import { encodeTimestamp } from '../store/codec.ts'
import { debugLetter, type QueryValue } from './query-value.ts'

/** A value as a parameter of a statement: text that Postgres reads as the column's type, or a list of such. */
export type Operand = string | readonly string[] | null

const int8 = [-(2n ** 63n), 2n ** 63n - 1n] as const

/**
 * Turns a value that fits its input type into one that fits a column.
 * @throws {@link QueryRefusedError} for a number or hex string that is none; of an id that refers to something only the reason
 */
export function operandOf(value: QueryValue, type: FieldType): Operand {
  if (value.kind === 'Null') return null
  if (value.kind === 'List') return value.values.map((element) => scalarOf(element, type))
  return scalarOf(value, type)
}

/** The id in `token(id: …)`. */
export function idOperand(text: string, idType: 'String' | 'Bytes' | 'Int8'): string {
  if (idType === 'String') {
    if (hasNul(text)) throw refusal(nulRefused)
    return text
  }
  if (idType === 'Int8') return readInt8(text, (said) => `Store error: store error: ${notInt8(text, said)}`)
  const problem = hexProblem(text)
  if (problem !== undefined) throw refusal(`Store error: store error: ${problem}`)
  return bytea(text)
}

function scalarOf(value: QueryValue, type: FieldType): string {
  const text = 'value' in value ? String(value.value) : ''
  const name = type.kind === 'scalar' ? type.name : type.kind === 'reference' ? type.idType : 'String'
  switch (name) {
    case 'BigInt':
      return readBigInt(text)
    case 'BigDecimal':
      return readBigDecimal(text)
    case 'Bytes': {
      const problem = hexProblem(text)
      if (problem !== undefined) throw type.kind === 'reference' ? refusal(problem) : undecodable('Bytes', problem)
      return bytea(text)
    }
    case 'Int8':
      return readInt8(text, (said) =>
        type.kind === 'reference' ? notInt8(text, said) : `Failed to decode \`Int8\` value: \`${text}\``,
      )
    case 'Timestamp':
      return timestampOperand(BigInt(readInt8(text, () => `Failed to decode \`Timestamp\` value: \`${text}\``)))
    default:
      return text
  }
}

/** `+5` and `1_000` are numbers to graph-node's big integers. */
function readBigInt(text: string): string {
  if (!/^[+-]?\d[\d_]*$/.test(text)) {
    const isEmpty = /^[+-]?$/.test(text)
    throw undecodable('BigInt', isEmpty ? 'cannot parse integer from empty string' : 'invalid digit found in string')
  }
  return text.replaceAll('_', '')
}

function readBigDecimal(text: string): string {
  if (text === '') throw undecodable('BigDecimal', 'Failed to parse empty string')
  const [, exponent = '0'] = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [text, undefined]
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)
  // Postgres' numeric ends at 10^131072, which it says itself; of numbers far beyond, graph-node never comes to an answer.
  if (!isNumber || Math.abs(Number(exponent)) > 200_000)
    throw undecodable('BigDecimal', 'invalid digit found in string')
  return text
}

function readInt8(text: string, message: (said: string) => string): string {
  if (text === '') throw refusal(message('cannot parse integer from empty string'))
  if (!/^[+-]?\d+$/.test(text)) throw refusal(message('invalid digit found in string'))
  const number = BigInt(text.replace('+', ''))
  if (number < int8[0]) throw refusal(message('number too small to fit in target type'))
  if (number > int8[1]) throw refusal(message('number too large to fit in target type'))
  return number.toString()
}

function notInt8(text: string, said: string): string {
  return `failed to convert \`${text}\` to an Int8: ${said}`
}

/** No row has a time beyond these; to compare, infinity is as good. The first is the year 1, the other 275000. */
const earliestMicros = -62_135_596_800_000_000n
const latestMicros = 8_616_000_000_000_000_000n

function timestampOperand(micros: bigint): string {
  if (micros < earliestMicros) return '-infinity'
  return micros > latestMicros ? 'infinity' : encodeTimestamp(micros)
}

/** @returns what Rust's hex crate says, or undefined if it says nothing */
function hexProblem(text: string): string | undefined {
  // That crate sees bytes, and shows one as the character of its number.
  const digits = Buffer.from(text.startsWith('0x') ? text.slice(2) : text).toString('latin1')
  if (digits.length % 2 === 1) return 'Odd number of digits'
  const at = digits.search(/[^0-9a-fA-F]/)
  return at < 0 ? undefined : `Invalid character ${debugLetter(digits.charAt(at))} at position ${at}`
}

function bytea(text: string): string {
  return `\\x${text.replace(/^0x/, '')}`
}

/** What Postgres says of a text with NULs, once it gets it. */
export const nulRefused = 'Failed to get entities from store: invalid byte sequence for encoding "UTF8": 0x00'

/** Whether a text, or one of a list, cannot be sent to Postgres. */
export function hasNul(operand: Operand): boolean {
  return typeof operand === 'string' ? operand.includes('\0') : (operand?.some(hasNul) ?? false)
}

function undecodable(type: string, reason: string): QueryRefusedError {
  return refusal(`Failed to decode \`${type}\` value: \`${reason}\``)
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}
