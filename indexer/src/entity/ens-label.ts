/** What is known of a label of the Ethereum Name Service, of which the chain has the hash alone. */
export interface EnsLabel {
  /** False where no label was ever brought in, so that none can be known. */
  readonly isLookedUp: boolean
  readonly text: string | null
}
