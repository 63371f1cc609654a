import { keccak256 } from 'viem'
import { readBytes, writeHex } from '../asc/bytes.ts'
import type { WasmInstance } from '../instance.ts'
import type { HostFunctions } from './host-functions.ts'

export function crypto(instance: WasmInstance): HostFunctions {
  return {
    'crypto.keccak256': (bytes = 0) => writeHex(instance.memory, keccak256(readBytes(instance.memory, bytes))),
  }
}
