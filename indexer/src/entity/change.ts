import type { BlockLink } from '../chain/block.ts'
import type { NewSource } from '../deployment/deployment.ts'
import type { HandlerTrapError } from '../errors.ts'
import type { Entity } from './entity.ts'

/** What a block did to one entity, folded: at most one for each key. */
export type Change =
  | {
      readonly kind: 'insert' | 'overwrite'
      readonly type: string
      readonly id: string
      readonly entity: Entity /** Order of last writes within the block, from 0. */
      readonly order: number
      /** Of the file whose handler wrote it; absent for the chain. */
      readonly region?: number
    }
  | { readonly kind: 'remove'; readonly type: string; readonly id: string }

/** All that one block writes. */
export interface BlockChanges {
  readonly block: BlockLink
  readonly changes: readonly Change[]
  readonly newSources: readonly NewSource[]
  /** What the block asked IPFS for, and what came of earlier questions. Absent: neither. */
  readonly files?: FileChanges
  /** Handlers that failed in a way any indexer would see; of them nothing else is here. Absent: none did. */
  readonly errors?: readonly HandlerTrapError[]
}

export interface FileChanges {
  /** In order; doubles of files that were asked for before are not sorted out yet. */
  readonly created: readonly NewSource[]
  /** The regions of those whose handlers ran. */
  readonly handled: readonly number[]
}
