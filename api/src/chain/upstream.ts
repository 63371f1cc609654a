/** The subgraph as a function: in process or over HTTP, the gateway cannot tell. */

export interface UpstreamRequest {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Which state answers fields without a block of their own; absent: the latest. */
  readonly at?: SettledState
  /** Aborts when the client went away or the operation's deadline passed. */
  readonly signal: AbortSignal
}

/** States that the chain keeps. */
export type SettledState = 'safe' | 'final'

/** Numbers of the blocks up to which the chain is settled; null where there is none yet. */
export type Settled = Readonly<Record<SettledState, number | null>>

/** Comparisons of the index with its chain, the last one at `block`, and what differs still. */
export interface Verified {
  readonly block: number
  readonly checked: number
  readonly differing: number
  readonly quarantined: number
}

export interface UpstreamError {
  readonly message: string
  /** graph-node never gives one. */
  readonly path?: readonly (string | number)[]
}

export interface UpstreamResult {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly UpstreamError[]
  /** In the state that was read; graph-node does not tell. */
  readonly settled?: Settled
  /** How far the index was compared with its chain; graph-node does not tell. */
  readonly verified?: Verified
}

/**
 * Answers a document. The data it returns belongs to the caller, who writes into it.
 * @throws a `GatewayError` with a code beginning `UPSTREAM_`; an answer that has GraphQL errors is returned, not thrown
 */
export type Upstream = (request: UpstreamRequest) => Promise<UpstreamResult>
