import type { Hex } from '../chain/block.ts'
import type { NewSource, SourceDefinition } from '../deployment/deployment.ts'
import type { EnsLabel } from '../entity/ens-label.ts'
import type { Entity } from '../entity/entity.ts'
import type { FileTrigger, Trigger } from '../trigger/trigger.ts'

/** All of the world that a handler can reach. What it lacks it throws for: a Suspension, then the handler runs again. */
export interface Host {
  readonly store: HostStore
  readonly chain: HostChain
  /** Templates of the deployment, by name. */
  readonly templates: ReadonlyMap<string, SourceDefinition>
  /** Absent where mappings may not ask it themselves. */
  readonly ipfs?: HostIpfs
  /** Absent where nobody knows any label. */
  readonly ens?: HostEns
  /** How long a handler may run; absent: {@link usualTimeLimitMs}. */
  readonly timeLimitMs?: number
}

/** Long enough for whatever a mapping may sensibly do with one event, and short enough for those who wait for this thread. */
export const usualTimeLimitMs = 5_000

/** The part of `EntityCache` that handlers use. */
export interface HostStore {
  beginHandler(): void
  keepHandler(): void
  dropHandler(reason: 'suspended' | 'failed'): void
  get(type: string, id: string): Entity | null
  getInBlock(type: string, id: string): Entity | null
  loadRelated(type: string, id: string, field: string): readonly Entity[]
  set(type: string, id: string, data: Entity, options: { apiVersion: string }): void
  remove(type: string, id: string): void
}

/** Contents by their CIDs, or by a path below one. Another indexer may not find what this one finds. */
export interface HostIpfs {
  /** @returns the whole content of a file, null if it was not found in time */
  cat(path: string): Uint8Array | null
  /** @returns one block as it is, null if it was not found in time */
  block(cid: string): Uint8Array | null
}

/** Labels of the Ethereum Name Service, of which the chain has the hashes alone. */
export interface HostEns {
  /** @param hash - as the mapping wrote it */
  label(hash: string): EnsLabel
}

/** The chain's state at the end of the trigger's block. */
export interface HostChain {
  /** @returns what the call returned, null if it was reverted */
  call(to: Hex, data: Hex): Hex | null
  balance(address: Hex): bigint
  hasCode(address: Hex): boolean
}

export type LogLevel = 'critical' | 'error' | 'warning' | 'info' | 'debug'

/** A line a mapping wrote with `log.…`. */
export interface LogLine {
  readonly level: LogLevel
  readonly message: string
}

/** What one call of a handler leaves behind, beside its writes in the store. */
export interface HandlerEffects {
  /** Data sources it created, in order; doubles are not yet sorted out. */
  readonly newSources: readonly NewSource[]
  readonly logs: readonly LogLine[]
}

/** One call of one handler while it runs. */
export interface HandlerCall {
  readonly trigger: Trigger | FileTrigger
  readonly host: Host
  readonly newSources: NewSource[]
  readonly logs: LogLine[]
}
