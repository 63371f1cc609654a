/** Where one build is asked. */
export interface Endpoint {
  /** The deployment's id: a path for `gnd dev`, a hash for us. */
  readonly id: string
  readonly name: string
  /** `…/subgraphs/name/<name>` */
  readonly endpoint: string
  readonly statusUrl: string
}

/** One of the two that are compared, running all builds of the corpus. */
export interface Runtime {
  readonly name: 'graph-node' | 'heddle'
  isRunning(): boolean
  /** In the order of the builds; what is deployed later comes behind. */
  readonly deployments: Endpoint[]
  /** JSON-RPC. */
  readonly adminUrl: string
  /** Where a name or an id is asked. */
  endpointOf(name: string, id: string): Endpoint
  stop(): Promise<void>
}

export type Side = Runtime['name']
