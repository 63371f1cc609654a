/** What the status page says of an entry's health; or that no side takes it. */
export type Ending = 'healthy' | 'unhealthy' | 'failed' | 'refused'

/**
 * How an entry stands in both when all is told: healthy where nothing is said, since both failing alike for a silly reason is no
 * success. null where only that they are alike matters.
 */
export interface Ends {
  readonly ends?: Ending | null | undefined
  /** The same after the reorg, where that is something else. */
  readonly endsAfterReorg?: Ending | null | undefined
}
