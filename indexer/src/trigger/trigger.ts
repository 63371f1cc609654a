import type { Block, BlockLink, Call, Hex, Log, Receipt, Transaction } from '../chain/block.ts'
import type { AbiValue } from '../deployment/abi.ts'
import type { DataSource } from '../deployment/deployment.ts'
import type { Entity } from '../entity/entity.ts'

export interface EventParam {
  /** As the ABI names it; empty where it does not. */
  readonly name: string
  readonly value: AbiValue
}

/** A call of a contract, ready to be made. */
export interface ReadyCall {
  readonly to: Hex
  readonly data: Hex
}

/** One call of one handler. */
export type Trigger = LogTrigger | CallTrigger | BlockTrigger | EntityTrigger

export interface LogTrigger {
  readonly kind: 'log'
  readonly source: DataSource
  readonly handler: string
  readonly block: Block
  readonly log: Log
  readonly params: readonly EventParam[]
  /** A dummy with only the hash where the chain has none for the log. */
  readonly transaction: Transaction
  readonly receipt: Receipt | null
  /** What the handler will ask the chain, as far as the manifest says so. */
  readonly calls?: readonly ReadyCall[]
}

export interface CallTrigger {
  readonly kind: 'call'
  readonly source: DataSource
  readonly handler: string
  readonly block: Block
  readonly call: Call
  readonly transaction: Transaction
  readonly inputs: readonly EventParam[]
  readonly outputs: readonly EventParam[]
}

export interface BlockTrigger {
  readonly kind: 'block'
  readonly source: DataSource
  readonly handler: string
  readonly block: Block
}

/** The content of a file has come. It belongs to no place of the chain: it is handled behind the triggers of some block. */
export interface FileTrigger {
  readonly kind: 'file'
  readonly source: DataSource
  readonly handler: string
  readonly content: Uint8Array
  readonly block: { readonly header: BlockLink }
}

/** An entity that another deployment made in this block. */
export interface EntityTrigger {
  readonly kind: 'entity'
  readonly source: DataSource
  readonly handler: string
  readonly block: Block
  readonly entity: Entity
}
