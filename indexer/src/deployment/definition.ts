import type { AbiEvent, AbiFunction } from 'viem'
import type { Hex } from '../chain/block.ts'
import type { ContractAbi } from './abi.ts'
import type { DeclaredCall } from './declared-call.ts'

/** Where another deployment's rows are taken over, instead of indexing them again. */
export interface Graft {
  /** `Qm…` of a deployment in the same database. */
  readonly base: string
  /** The last block that is taken over. */
  readonly block: number
}

/** A data source of the manifest, or a template (no address, start block 0). */
export interface SourceDefinition {
  readonly name: string
  readonly isTemplate: boolean
  readonly network: string
  /** Absent: every contract that emits a matching event. */
  readonly address?: Hex
  readonly startBlock: number
  /** Inclusive. */
  readonly endBlock?: number
  readonly context: Context
  readonly apiVersion: string
  /** Its key among the deployment's modules. */
  readonly module: string
  /** By the name the mapping uses. */
  readonly abis: ReadonlyMap<string, ContractAbi>
  readonly eventHandlers: readonly EventHandler[]
  readonly callHandlers: readonly CallHandler[]
  readonly blockHandlers: readonly BlockHandler[]
  /** Only of templates `file/ipfs`, which listen to nothing on the chain. */
  readonly fileHandler?: FileHandler
  /** Only of data sources `subgraph`, which listen to nothing on the chain; their address is the bytes of the deployment's id. */
  readonly entitySource?: EntitySource
}

/** Another deployment of the database, whose new entities are this one's events. */
export interface EntitySource {
  /** `Qm…` */
  readonly deployment: string
  /** At most one for each entity type. */
  readonly handlers: readonly { readonly entity: string; readonly handler: string }[]
}

/** What runs once with the content of a file. */
export interface FileHandler {
  readonly handler: string
  /** The only types it may touch. */
  readonly entities: readonly string[]
}

export interface EventHandler {
  readonly handler: string
  /** As in the manifest: `Transfer(indexed address,indexed address,uint256)`. */
  readonly event: string
  /** How its logs are decoded. */
  readonly abi: AbiEvent
  readonly topic0: Hex
  /** Accepted values for topics 1 to 3; empty: any. */
  readonly topics: readonly [readonly Hex[], readonly Hex[], readonly Hex[]]
  readonly receipt: boolean
  /** What it will ask the chain, as far as the manifest says so. */
  readonly calls: readonly DeclaredCall[]
}

export interface CallHandler {
  readonly handler: string
  /** As in the manifest: `transfer(address,uint256)`. */
  readonly function: string
  /** How its input and output are decoded. */
  readonly abi: AbiFunction
  /** The four bytes that its input begins with. */
  readonly selector: Hex
}

export interface BlockHandler {
  readonly handler: string
  readonly filter:
    | { readonly kind: 'every' }
    | { readonly kind: 'once' }
    /** For each call to the data source's address. */
    | { readonly kind: 'call' }
    | { readonly kind: 'polling'; readonly every: number }
}

/** A live data source: a definition at an address, from a block on. Static ones first, then those grown from templates. */
export interface DataSource {
  readonly definition: SourceDefinition
  /** Of a file, the bytes of its CID's text. */
  readonly address?: Hex
  readonly startBlock: number
  readonly endBlock?: number
  readonly context: Context
}

/** Constants given to a data source, as the manifest and `createWithContext` write them; kept as plain JSON. */
export type Context = Readonly<Record<string, ContextItem>>

export type ContextItem =
  | { readonly type: 'Bool'; readonly data: boolean }
  | { readonly type: 'Int'; readonly data: number }
  /** Decimal for the numbers, `0x…` for Bytes, microseconds for Timestamp. */
  | { readonly type: 'String' | 'Int8' | 'BigInt' | 'BigDecimal' | 'Bytes' | 'Timestamp'; readonly data: string }
  | { readonly type: 'List'; readonly data: readonly ContextItem[] }
  /** Of `createWithContext` only. */
  | { readonly type: 'Null' }

/** A data source that a handler grew from a template. */
export interface NewSource {
  readonly template: string
  /** Of a file, the bytes of its CID's text. */
  readonly address: Hex
  readonly context: Context
  /** Why it cannot be made after all. */
  readonly problem?: string
}
