import type { Hex } from '../../chain/block.ts'
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

/**
 * Reads an `ethereum.Value`.
 * @throws {@link MappingError} if it is none that a word, or an address, could hold
 */
export function readAbiValue(memory: Memory, pointer: number, depth = 0): AbiValue {
  const ptr = memory.object(pointer)
  checkDepth(depth)
  const index = memory.word(ptr)
  const kind = KINDS[index]
  const payload = memory.word(ptr + 8)
  switch (kind) {
    case 'address':
      return { kind, value: checkAddress(readHex(memory, payload)) }
    case 'fixedBytes':
      return { kind, value: checkFixedBytes(readHex(memory, payload)) }
    case 'bytes':
    case 'function':
      return { kind, value: readHex(memory, payload) }
    case 'int':
      return { kind, value: checkInt(readBigInt(memory, payload)) }
    case 'uint':
      return { kind, value: checkUint(readBigInt(memory, payload)) }
    case 'bool':
      return { kind, value: payload !== 0 }
    case 'string':
      return { kind, value: readString(memory, payload) }
    case 'fixedArray':
    case 'array':
    case 'tuple':
      return { kind, value: readAbiValues(memory, payload, depth + 1) }
    default:
      throw new MappingError(`value ${index} is out of range for EthereumValueKind`)
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

function checkAddress(hex: Hex): Hex {
  if (hex.length === 42) return hex
  throw new MappingError(`expected array of length 20, found length ${hex.length / 2 - 1}`)
}

function checkFixedBytes(hex: Hex): Hex {
  if (hex.length <= 66) return hex
  throw new MappingError(`input slice must contain a maximum of 32 bytes, got ${hex.length / 2 - 1}`)
}

function checkInt(value: bigint): bigint {
  if (BigInt.asIntN(256, value) === value) return value
  throw new MappingError(`BigInt value \`${value}\` does not fit into int256`)
}

function checkUint(value: bigint): bigint {
  if (value < 0n) throw new MappingError(`BigInt value is negative, cannot convert to unsigned U256: ${value}`)
  if (BigInt.asUintN(256, value) === value) return value
  throw new MappingError(`BigInt value \`${value}\` does not fit into uint256`)
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
