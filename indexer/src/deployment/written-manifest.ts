import type { Hex } from '../chain/block.ts'
import type { Context, EntitySource, FileHandler, Graft } from './definition.ts'

/** A manifest as it is written: files are still paths, signatures still text. */
export interface Manifest {
  readonly specVersion: string
  readonly schemaFile: string
  readonly features: readonly string[]
  readonly dataSources: readonly ManifestSource[]
  readonly templates: readonly ManifestSource[]
  readonly graft?: Graft
  readonly prune?: 'auto' | 'never' | number
}

export interface ManifestSource {
  readonly name: string
  readonly network: string
  readonly address?: Hex
  /** Which of the ABIs its events are in. */
  readonly abi: string
  readonly startBlock: number
  readonly endBlock?: number
  readonly context: Context
  readonly apiVersion: string
  readonly file: string
  readonly abis: readonly { readonly name: string; readonly file: string }[]
  readonly eventHandlers: readonly ManifestEventHandler[]
  readonly callHandlers: readonly { readonly function: string; readonly handler: string }[]
  readonly blockHandlers: readonly ManifestBlockHandler[]
  /** Only of templates `file/ipfs`; `network` and `abi` are then empty. */
  readonly fileHandler?: FileHandler
  /** Only of data sources `subgraph`; `abi` is then empty. */
  readonly entitySource?: EntitySource
}

export interface ManifestEventHandler {
  readonly event: string
  readonly handler: string
  readonly topic0?: Hex
  readonly topics: readonly [readonly Hex[], readonly Hex[], readonly Hex[]]
  readonly receipt: boolean
  /** As text, by label. */
  readonly calls: Readonly<Record<string, string>>
}

export interface ManifestBlockHandler {
  readonly handler: string
  readonly filter:
    | { readonly kind: 'every' }
    | { readonly kind: 'once' }
    | { readonly kind: 'call' }
    | { readonly kind: 'polling'; readonly every: number }
}
