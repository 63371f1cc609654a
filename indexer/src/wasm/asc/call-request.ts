import type { Hex } from '../../chain/block.ts'
import type { AbiValue } from '../../deployment/abi.ts'
import type { Memory } from '../memory.ts'
import { readAbiValues } from './abi-value.ts'
import { readHex } from './bytes.ts'
import { readString } from './string.ts'

/** `ethereum.SmartContractCall`: which function of which contract, and with what. */
export interface CallRequest {
  readonly contractName: string
  readonly address: Hex
  readonly functionName: string
  /** `name(in):(out)` */
  readonly functionSignature: string
  readonly params: readonly AbiValue[]
}

export function readCallRequest(memory: Memory, pointer: number): CallRequest {
  const ptr = memory.object(pointer)
  return {
    contractName: readString(memory, memory.word(ptr)),
    address: readHex(memory, memory.word(ptr + 4)),
    functionName: readString(memory, memory.word(ptr + 8)),
    functionSignature: readString(memory, memory.word(ptr + 12)),
    params: readAbiValues(memory, memory.word(ptr + 16)),
  }
}
