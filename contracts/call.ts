import { type Address, encodeFunctionData, type Hex } from 'viem'
import { readArtifact } from './artifact.ts'
import type { ContractName } from './names.ts'

/** What a transaction asks a contract, or a person, to do. */
export type Call = {
  readonly to: Address
  readonly data: Hex
  readonly value: bigint
  /** In a few words, for whoever has to find out why it failed. */
  readonly what: string
}

/** A call of a contract's function, encoded; `value` in wei. */
export function call(
  contract: ContractName,
  to: Address,
  functionName: string,
  args: readonly unknown[],
  value = 0n,
): Call {
  const data = encodeFunctionData({ abi: readArtifact(contract).abi, functionName, args })
  return { to, data, value, what: `${contract}.${functionName}` }
}

/** A transfer of the native coin, in wei. */
export function transfer(to: Address, value: bigint): Call {
  return { to, data: '0x', value, what: 'a transfer of coins' }
}
