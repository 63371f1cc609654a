import type { LocalAccount } from 'viem'
import type { Call } from '../call.ts'
import type { Deployment } from '../deployment.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'

/** Everything an action needs to happen: what holds by now, what time it is, and a way to send. */
export type Stage = {
  readonly random: Random
  readonly ledger: Ledger
  readonly deployment: Deployment
  /** The accounts by index: the deployer, then the people. */
  readonly accounts: readonly LocalAccount[]
  /** The time of the block being filled, in Unix seconds. */
  readonly now: number
  /** The time so many blocks later; for blocks after the last one, the last one's. */
  timeIn(blocks: number): number
  /** The time of the history's last block. */
  readonly end: number
  /** Adds a transaction to the block being filled. */
  send(sender: number, call: Call): void
}
