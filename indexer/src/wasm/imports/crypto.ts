import { keccak256 } from '../../deployment/keccak.ts'
import { readBytes, writeHex } from '../asc/bytes.ts'
import type { Caller } from '../caller.ts'
import type { HostFunctions } from './host-functions.ts'

export function crypto(instance: Caller): HostFunctions {
  return {
    'crypto.keccak256': (bytes = 0) => writeHex(instance.memory, keccak256(readBytes(instance.memory, bytes))),
  }
}
