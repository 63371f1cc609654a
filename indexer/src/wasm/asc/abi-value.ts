import type { AbiValue } from '../../deployment/abi.ts'
import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'
import { readPointers, writePointers } from './array.ts'
import { readBigInt, writeBigInt } from './big-int.ts'
import { readHex, writeHex } from './bytes.ts'
import { readString, writeString } from './string.ts'
import { checkDepth, writeTagged } from './tagged.ts'
import { TYPE } from './type-id.ts'

/** graph-ts `ethereum.ValueKind`, in its order. */
const KINDS = [
  'address',
  'fixedBytes',
  'bytes',
  'int',
  'uint',
  'bool',
  'string',
  'fixedArray',
  'array',
  'tuple',
  'function',
] as const

/** Reads an `ethereum.Value`. */
export function readAbiValue(memory: Memory, pointer: number, depth = 0): AbiValue {
  const ptr = memory.object(pointer)
  checkDepth(depth)
  const index = memory.word(ptr)
  const kind = KINDS[index]
  const payload = memory.word(ptr + 8)
  switch (kind) {
    case 'address':
    case 'fixedBytes':
    case 'bytes':
    case 'function':
      return { kind, value: readHex(memory, payload) }
    case 'int':
    case 'uint':
      return { kind, value: readBigInt(memory, payload) }
    case 'bool':
      return { kind, value: payload !== 0 }
    case 'string':
      return { kind, value: readString(memory, payload) }
    case 'fixedArray':
    case 'array':
    case 'tuple':
      return { kind, value: readAbiValues(memory, payload, depth + 1) }
    default:
      throw new MappingError(`ethereum value has an unknown kind: ${index}`)
  }
}

/** Reads an `Array<ethereum.Value>`. */
export function readAbiValues(memory: Memory, ptr: number, depth = 0): AbiValue[] {
  return readPointers(memory, ptr).map((each) => readAbiValue(memory, each, depth))
}

export function writeAbiValue(memory: Memory, value: AbiValue): number {
  return writeTagged(memory, TYPE.ethereumValue, KINDS.indexOf(value.kind), writePayload(memory, value))
}

export function writeAbiValues(memory: Memory, values: readonly AbiValue[]): number {
  return writePointers(
    memory,
    TYPE.arrayEthereumValue,
    values.map((value) => writeAbiValue(memory, value)),
  )
}

function writePayload(memory: Memory, value: AbiValue): number {
  switch (value.kind) {
    case 'address':
    case 'fixedBytes':
    case 'bytes':
    case 'function':
      return writeHex(memory, value.value)
    case 'int':
    case 'uint':
      return writeBigInt(memory, value.value)
    case 'bool':
      return value.value ? 1 : 0
    case 'string':
      return writeString(memory, value.value)
    default:
      return writeAbiValues(memory, value.value)
  }
}
