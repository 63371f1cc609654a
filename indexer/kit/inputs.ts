import type { Header, Hex, Receipt, Transaction } from '../src/chain/block.ts'

/** Numbers as bigint, bytes as hex, decimals as text; fields without value are null. Derived fields are left out. */
export type PlainEntity = Readonly<Record<string, PlainValue>>

export type PlainValue = string | number | bigint | boolean | null | readonly PlainValue[]

/** What a test wants to say of a block; the rest is believable. */
export type BlockInput = Partial<Header>

export interface EventInput {
  /** Name of a data source of the manifest, or a template and the address of a source grown from it. */
  readonly source: string | { readonly template: string; readonly address: Hex }
  /** Name of the event, or its signature where the ABI has several of that name. */
  readonly event: string
  /** By name, or in order. Integers as bigint or number. */
  readonly args?: Readonly<Record<string, unknown>> | readonly unknown[]
  /** Which contract emits it, for a data source without address. */
  readonly address?: Hex
  /** By default one block after the last, 12 seconds later. */
  readonly block?: BlockInput
  readonly transaction?: Partial<Transaction>
  readonly logIndex?: number
  /** For handlers with `receipt: true`. */
  readonly receipt?: Partial<Receipt>
}

/** A call of a contract in a transaction of its own. */
export interface CallInput extends Pick<EventInput, 'source' | 'args' | 'block' | 'transaction'> {
  /** Name of the function, or its signature where the data source handles several of that name. */
  readonly function: string
  /** What it returned, in order. Needed where the function returns anything. */
  readonly returns?: readonly unknown[]
  /** By default whoever sent the transaction. */
  readonly from?: Hex
}
