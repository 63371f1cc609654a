/** The subgraph as a function: in process or over HTTP, the gateway cannot tell. */

export interface UpstreamRequest {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Aborts when the client went away or the operation's deadline passed. */
  readonly signal: AbortSignal
}

export interface UpstreamError {
  readonly message: string
  /** graph-node never gives one. */
  readonly path?: readonly (string | number)[]
}

export interface UpstreamResult {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly UpstreamError[]
}

/**
 * Answers a document. The data it returns belongs to the caller, who writes into it.
 * @throws a `GatewayError` with a code beginning `UPSTREAM_`; an answer that has GraphQL errors is returned, not thrown
 */
export type Upstream = (request: UpstreamRequest) => Promise<UpstreamResult>
