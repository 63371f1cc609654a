import type { NodeState } from '../chain/pool/state.ts'
import type { Config } from '../config.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { Log } from '../log.ts'
import type { NodesOrder } from '../networks.ts'
import type { RunnerEvent } from '../runner-rooms.ts'
import type { Invariant } from '../verify/invariant.ts'
import type { PackedError } from './packed-error.ts'

/** What the thread of a deployment is started with. As all that crosses between threads: data, without functions and classes. */
export interface Order {
  /** Parsed by the main thread: what parses manifests, schemas and ABIs is most of what a thread would have to load. */
  readonly deployment: Deployment
  /** What must hold of it. */
  readonly invariants: readonly Invariant[]
  readonly config: Config
  /** Also where the config leaves it to us. */
  readonly postgresUrl: string
  /** Of the deployment's network. */
  readonly chain: NodesOrder
}

/** From the main thread: come to an end, with what is under way committed or rolled back. */
export type ToMember = { readonly kind: 'stop' }

/** To the main thread, in the order in which it happened. */
export type FromMember =
  /** The first one. */
  | { readonly kind: 'loaded' }
  | {
      readonly kind: 'log'
      readonly level: keyof Log
      readonly event: string
      /** As they were told, but for an `error`, which is packed. */
      readonly facts: object & { readonly error?: PackedError }
    }
  | {
      readonly kind: 'progress'
      readonly event: Exclude<RunnerEvent, { kind: 'failed' }>
      /** Of the thread alone. */
      readonly memory?: { readonly heapBytes: number; readonly externalBytes: number }
    }
  | { readonly kind: 'failed'; readonly error: PackedError }
  /** Whether another process indexes it, and this one only waits for its turn. */
  | { readonly kind: 'standing'; readonly standing: 'standingBy' | 'atWork' }
  /** What it knows of its network's nodes, every few seconds. */
  | { readonly kind: 'nodes'; readonly nodes: readonly NodeState[] }
  /** The last one. With an error: it cannot go on, for a reason that no waiting heals. */
  | { readonly kind: 'ended'; readonly error: PackedError | null }
