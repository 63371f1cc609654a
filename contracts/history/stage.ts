import { type Address, encodeFunctionData, type Hex, type LocalAccount } from 'viem'
import { readArtifact } from '../artifact.ts'
import type { Deployment } from '../deployment.ts'
import type { ContractName } from '../names.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { Step } from './step.ts'

/** Everything an action needs to happen: what holds by now, what time it is, and a way to send. */
export type Stage = {
  readonly random: Random
  readonly ledger: Ledger
  readonly deployment: Deployment
  /** The accounts by index: the deployer, then the people. */
  readonly accounts: readonly LocalAccount[]
  /** The time of the block being filled, in Unix seconds. */
  readonly now: number
  /** The time of the history's last block. */
  readonly end: number
  /** Adds a transaction to the block being filled. */
  send(sender: number, call: Call): void
}

export type Call = {
  readonly to: Address
  readonly data?: Hex
  readonly value?: bigint
  readonly what: string
}

/** A call of a contract's function, encoded. */
export function call(
  contract: ContractName,
  to: Address,
  functionName: string,
  args: readonly unknown[],
  value = 0n,
): Call {
  const { abi } = readAbi(contract)
  return { to, data: encodeFunctionData({ abi, functionName, args }), value, what: `${contract}.${functionName}` }
}

/** The step that a call becomes. Gas is an upper bound, not an estimate: an estimate would cost a request each. */
export function toStep(block: number, sender: number, { to, data = '0x', value = 0n, what }: Call): Step {
  return { block, sender, to, data, value, what, gas: what === 'Atelier.createCollection' ? 5_000_000n : 500_000n }
}

const artifacts = new Map<ContractName, ReturnType<typeof readArtifact>>()

function readAbi(contract: ContractName): ReturnType<typeof readArtifact> {
  const artifact = artifacts.get(contract) ?? readArtifact(contract)
  artifacts.set(contract, artifact)
  return artifact
}
