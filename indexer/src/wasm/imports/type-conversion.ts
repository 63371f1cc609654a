import { MappingError } from '../../errors.ts'
import { readBigInt } from '../asc/big-int.ts'
import { readBytes, readHex, readRange, writeHex } from '../asc/bytes.ts'
import { readString, writeString } from '../asc/string.ts'
import type { Caller } from '../caller.ts'
import { readAddressText } from './address-text.ts'
import { base58 } from './base58.ts'
import type { HostFunctions } from './host-functions.ts'

/** Between bytes, numbers and text. */
export function typeConversion(instance: Caller): HostFunctions {
  return {
    'typeConversion.bytesToString': (bytes = 0) => {
      const { memory } = instance
      const { start, size } = readRange(memory, bytes)
      return writeString(memory, trimNuls(memory.bytes.toString('utf8', start, start + size)))
    },
    'typeConversion.bytesToHex': (bytes = 0) => writeString(instance.memory, readHex(instance.memory, bytes)),
    'typeConversion.bigIntToString': (value = 0) =>
      writeString(instance.memory, readBigInt(instance.memory, value).toString()),
    // The sign is lost, as in graph-node.
    'typeConversion.bigIntToHex': (value = 0) => {
      const { memory } = instance
      const integer = readBigInt(memory, value)
      return writeString(memory, `0x${(integer < 0n ? -integer : integer).toString(16)}`)
    },
    'typeConversion.stringToH160': (text = 0) => {
      const { memory } = instance
      const given = readString(memory, text)
      const read = readAddressText(given)
      if ('problem' in read) throw new MappingError(`Failed to convert string to Address: '${given}': ${read.problem}`)
      return writeHex(memory, read.address)
    },
    'typeConversion.bytesToBase58': (bytes = 0) =>
      writeString(instance.memory, base58(readBytes(instance.memory, bytes))),
  }
}

/** Bytes32 texts are filled up with NULs; those within the text stay. */
function trimNuls(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return text.slice(0, end)
}
