import type { Address } from 'viem'
import type { Call, Chain } from './chain.ts'
import type { Ends } from './ending.ts'
import type { Contract } from './solidity.ts'

/** Makes a call of one contract, by function name; spread it to add value, sender or gas. */
export type Caller = ((fn: string, ...args: readonly unknown[]) => Call) & { readonly address: Address }

/** What happens on chain for one subgraph. All stories are played side by side: the n-th blocks of all are one block. */
export interface Plot {
  readonly blocks: readonly (readonly Call[])[]
  /** What mappings find in IPFS, from the start. */
  readonly files?: readonly string[]
  /** And in the Ethereum Name Service: labels, which it knows by their hash. */
  readonly labels?: readonly string[]
  /** Blocks at the end that a reorg takes away again, and what comes in their place. */
  readonly orphaned?: readonly (readonly Call[])[]
  readonly kept?: readonly (readonly Call[])[]
  /** More reorgs after that one, each deeper than the one before. */
  readonly forks?: readonly Pick<Plot, 'orphaned' | 'kept'>[]
}

/** The story of a folder of `subgraphs/`, its default export. */
export interface Story<Role extends string = string> {
  /** Contract names of `contracts/` by the role the manifest calls them by: `'${Tape}'` there is the address. */
  readonly contracts: Readonly<Record<Role, string>>
  plot(callers: Readonly<Record<Role, Caller>>, chain: Chain, variant?: string): Plot
  /**
   * Several manifests of one build: `'${variant}'` there is each of these in turn. Every variant is an entry of the corpus
   * with contracts and a story of its own.
   */
  readonly variants?: readonly string[]
  /** What `'${…}'` is in a variant's manifest, where that is more than its name. */
  valuesOf?(variant: string): Readonly<Record<string, string>>
  /** How a variant ends, where that is not healthy. */
  endsOf?(variant: string): Ends
  /** Whether a variant is left out of a quick run. */
  isDear?(variant: string): boolean
}

/** Gives a story its type. */
export function story<Role extends string>(told: Story<Role>): Story {
  return told as unknown as Story
}

/** @returns a caller for the contract at an address */
export function caller({ abi }: Contract, address: Address): Caller {
  return Object.assign((fn: string, ...args: readonly unknown[]): Call => ({ to: address, abi, fn, args }), { address })
}
