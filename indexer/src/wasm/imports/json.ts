import { MappingError } from '../../errors.ts'
import { writeBigInt } from '../asc/big-int.ts'
import { readRange } from '../asc/bytes.ts'
import { writeJsonValue } from '../asc/json-value.ts'
import { readString } from '../asc/string.ts'
import { TYPE } from '../asc/type-id.ts'
import { writeResult } from '../asc/wrapped.ts'
import type { Caller } from '../caller.ts'
import { parseBigInt } from './big-int.ts'
import type { HostFunctions } from './host-functions.ts'
import { parseJson } from './json-text.ts'

const MAX_BYTES = 10_000_000
const RESULT = { result: TYPE.resultJsonValueBool, wrapped: TYPE.wrappedJsonValue }

/** Strict JSON; the text of numbers is kept, and read only when it is asked for. */
export function json(instance: Caller): HostFunctions {
  const number = (text: number) => readString(instance.memory, text)
  return {
    'json.fromBytes': (bytes = 0) => {
      const input = readInput(instance, bytes)
      const value = parseJson(input)
      if (!value) {
        const shown = [...input.subarray(0, 1024)].join(', ')
        throw new MappingError(`Failed to parse JSON from byte array. Bytes (truncated to 1024 chars): \`[${shown}]\``)
      }
      return writeJsonValue(instance.memory, value)
    },
    'json.try_fromBytes': (bytes = 0) => {
      const { memory } = instance
      const value = parseJson(readInput(instance, bytes))
      return writeResult(memory, RESULT, value && writeJsonValue(memory, value))
    },
    'json.toI64': (text = 0) => {
      const integer = parseInteger(number(text))
      if (integer === null || BigInt.asIntN(64, integer) !== integer) throw notA(number(text), 'i64')
      return integer
    },
    'json.toU64': (text = 0) => {
      const integer = parseInteger(number(text))
      if (integer === null || BigInt.asUintN(64, integer) !== integer) throw notA(number(text), 'u64')
      return BigInt.asIntN(64, integer)
    },
    'json.toF64': (text = 0) => {
      const found = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.exec(number(text))
      if (!found) throw notA(number(text), 'f64')
      return Number(found[0])
    },
    'json.toBigInt': (text = 0) => {
      const digits = number(text)
      if (parseInteger(digits) === null) {
        const reason = /^[+-]?$/.test(digits)
          ? 'cannot parse integer from empty string'
          : 'invalid digit found in string'
        throw new MappingError(`JSON \`${digits}\` is not a decimal string: ${reason}`)
      }
      return writeBigInt(instance.memory, parseBigInt(digits))
    },
  }
}

/** Shared by JSON and YAML: both refuse to look at more. */
export function readInput(instance: Caller, bytes: number, format = 'JSON'): Uint8Array {
  const { memory } = instance
  const { start, size } = readRange(memory, bytes)
  if (size > MAX_BYTES) throw new MappingError(`${format} size exceeds max size of ${MAX_BYTES}`)
  return memory.bytes.subarray(start, start + size)
}

function parseInteger(text: string): bigint | null {
  return /^[+-]?[0-9]+$/.test(text) ? BigInt(text.replace('+', '')) : null
}

function notA(text: string, type: string): MappingError {
  return new MappingError(`JSON \`${text}\` cannot be parsed as ${type}`)
}
