/**
 * The stages a block goes through. `fetch`: waiting for blocks, at the head for the next one; `match`: logs to triggers; `load`:
 * waiting for what handlers ask of the chain and the store; `run`: handlers; `write`: the transaction.
 */
export const stages = ['fetch', 'match', 'load', 'run', 'write'] as const
export type Stage = (typeof stages)[number]

/** What was done since the last commit. */
export interface Work {
  readonly seconds: Readonly<Record<Stage, number>>
  readonly blocks: number
  readonly triggers: number
}

const nothing: Record<Stage, number> = { fetch: 0, match: 0, load: 0, run: 0, write: 0 }

/** Adds up what is done, until it is told. */
export class Tally {
  #seconds = { ...nothing }
  #blocks = 0
  #triggers = 0

  add(stage: Stage, sinceMs: number): void {
    this.#seconds[stage] += (performance.now() - sinceMs) / 1000
  }

  /** A block that was run since a moment: what it did not spend on anything else, its handlers took. */
  ran(triggers: number, sinceMs: number, before: number): void {
    const total = (performance.now() - sinceMs) / 1000
    this.#seconds.run += Math.max(0, total - (this.besidesRunning - before))
    this.#blocks += 1
    this.#triggers += triggers
  }

  /** Seconds that blocks took so far while no handler ran. */
  get besidesRunning(): number {
    return this.#seconds.match + this.#seconds.load
  }

  /** Begins anew. */
  take(): Work {
    const work = { seconds: this.#seconds, blocks: this.#blocks, triggers: this.#triggers }
    this.#seconds = { ...nothing }
    this.#blocks = 0
    this.#triggers = 0
    return work
  }
}
