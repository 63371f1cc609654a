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
  /** In the order of the builds. */
  readonly deployments: readonly Endpoint[]
  stop(): Promise<void>
}

export type Side = Runtime['name']
