import type { Hex } from '../../chain/block.ts'
import type { AbiValue } from '../../deployment/abi.ts'
import { isBefore } from '../../deployment/manifest-rules.ts'
import type { Memory } from '../memory.ts'
import { readAbiValues } from './abi-value.ts'
import { readHex } from './bytes.ts'
import { readString } from './string.ts'

/** `ethereum.SmartContractCall`: which function of which contract, and with what. */
export interface CallRequest {
  readonly contractName: string
  readonly address: Hex
  readonly functionName: string
  /** `name(in):(out)`; null where the mapping is too old to say it. */
  readonly functionSignature: string | null
  readonly params: readonly AbiValue[]
}

/** @param apiVersion - of the mapping: before 0.0.4, there was no signature */
export function readCallRequest(memory: Memory, pointer: number, apiVersion: string): CallRequest {
  const ptr = memory.object(pointer)
  const hasSignature = !isBefore(apiVersion, '0.0.4')
  return {
    contractName: readString(memory, memory.word(ptr)),
    address: readHex(memory, memory.word(ptr + 4)),
    functionName: readString(memory, memory.word(ptr + 8)),
    functionSignature: hasSignature ? readString(memory, memory.word(ptr + 12)) : null,
    params: readAbiValues(memory, memory.word(ptr + (hasSignature ? 16 : 12))),
  }
}
