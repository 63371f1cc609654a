import type { Value } from '../../entity/value.ts'
import { MappingError } from '../../errors.ts'
import type { Memory } from '../memory.ts'
import { readPointers, writePointers } from './array.ts'
import { readBigDecimal, writeBigDecimal } from './big-decimal.ts'
import { readBigInt, writeBigInt } from './big-int.ts'
import { readHex, writeHex } from './bytes.ts'
import { readString, writeString } from './string.ts'
import { checkDepth, writeTagged, writeTaggedLong } from './tagged.ts'
import { TYPE } from './type-id.ts'

/** graph-ts `ValueKind`. */
const KIND = {
  string: 0,
  int: 1,
  bigDecimal: 2,
  bool: 3,
  array: 4,
  null: 5,
  bytes: 6,
  bigInt: 7,
  int8: 8,
  timestamp: 9,
} as const

const NULL: Value = { kind: 'Null' }

/** Reads a `store.Value`. */
export function readValue(memory: Memory, pointer: number, depth = 0): Value {
  const ptr = memory.object(pointer)
  checkDepth(depth)
  const kind = memory.word(ptr)
  const payload = memory.word(ptr + 8)
  switch (kind) {
    case KIND.string:
      return { kind: 'String', value: readString(memory, payload) }
    case KIND.int:
      return { kind: 'Int', value: payload | 0 }
    case KIND.bigDecimal:
      return { kind: 'BigDecimal', value: readBigDecimal(memory, payload) }
    case KIND.bool:
      return { kind: 'Boolean', value: payload !== 0 }
    case KIND.array:
      return { kind: 'List', value: readPointers(memory, payload).map((each) => readValue(memory, each, depth + 1)) }
    case KIND.null:
      return NULL
    case KIND.bytes:
      return { kind: 'Bytes', value: readHex(memory, payload) }
    case KIND.bigInt:
      return { kind: 'BigInt', value: readBigInt(memory, payload) }
    case KIND.int8:
      return { kind: 'Int8', value: memory.view.getBigInt64(ptr + 8, true) }
    case KIND.timestamp:
      return { kind: 'Timestamp', value: memory.view.getBigInt64(ptr + 8, true) }
    default:
      throw new MappingError(`store value has an unknown kind: ${kind}`)
  }
}

export function writeValue(memory: Memory, value: Value): number {
  switch (value.kind) {
    case 'String':
      return writeTagged(memory, TYPE.storeValue, KIND.string, writeString(memory, value.value))
    case 'Int':
      return writeTagged(memory, TYPE.storeValue, KIND.int, value.value)
    case 'BigDecimal':
      return writeTagged(memory, TYPE.storeValue, KIND.bigDecimal, writeBigDecimal(memory, value.value))
    case 'Boolean':
      return writeTagged(memory, TYPE.storeValue, KIND.bool, value.value ? 1 : 0)
    case 'List': {
      const elements = value.value.map((each) => writeValue(memory, each))
      const array = writePointers(memory, TYPE.arrayStoreValue, elements)
      return writeTagged(memory, TYPE.storeValue, KIND.array, array)
    }
    case 'Null':
      return writeTagged(memory, TYPE.storeValue, KIND.null, 0)
    case 'Bytes':
      return writeTagged(memory, TYPE.storeValue, KIND.bytes, writeHex(memory, value.value))
    case 'BigInt':
      return writeTagged(memory, TYPE.storeValue, KIND.bigInt, writeBigInt(memory, value.value))
    case 'Int8':
      return writeTaggedLong(memory, TYPE.storeValue, KIND.int8, value.value)
    case 'Timestamp':
      return writeTaggedLong(memory, TYPE.storeValue, KIND.timestamp, value.value)
  }
}
