import type { Hex } from '../chain/block.ts'
import type { ContractAbi } from './abi.ts'
import type { Schema } from './schema.ts'

/** One immutable build of a subgraph, parsed and frozen. Nothing downstream reads YAML, JSON or GraphQL again. */
export interface Deployment {
  /** `Qm…`, made from the content of every file of the build: another build is another deployment. */
  readonly id: string
  readonly specVersion: string
  readonly network: string
  readonly features: readonly string[]
  readonly schema: Schema
  readonly dataSources: readonly SourceDefinition[]
  readonly templates: readonly SourceDefinition[]
  /** The lowest start block of the static data sources. */
  readonly startBlock: number
  /** Compiled mappings by path; several data sources may share one. */
  readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  readonly manifestText: string
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
  /** Key into {@link Deployment.modules}. */
  readonly module: string
  /** By the name the mapping uses. */
  readonly abis: ReadonlyMap<string, ContractAbi>
  readonly eventHandlers: readonly EventHandler[]
  readonly blockHandlers: readonly BlockHandler[]
}

export interface EventHandler {
  readonly handler: string
  /** As in the manifest: `Transfer(indexed address,indexed address,uint256)`. */
  readonly event: string
  readonly topic0: Hex
  /** Accepted values for topics 1 to 3; empty: any. */
  readonly topics: readonly [readonly Hex[], readonly Hex[], readonly Hex[]]
  readonly receipt: boolean
}

export interface BlockHandler {
  readonly handler: string
  readonly filter:
    | { readonly kind: 'every' }
    | { readonly kind: 'once' }
    | { readonly kind: 'polling'; readonly every: number }
}

/** A live data source: a definition at an address, from a block on. Static ones first, then those grown from templates. */
export interface DataSource {
  readonly definition: SourceDefinition
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
