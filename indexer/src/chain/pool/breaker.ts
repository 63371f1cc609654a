export interface BreakerOptions {
  /** After so many failures in a row a node is left alone. */
  readonly failures?: number
  /** For how long at first; twice as long each time it fails again. */
  readonly pauseMs?: number
  readonly longestPauseMs?: number
}

/**
 * Leaves a node alone that failed several times in a row, for ever longer, and then lets one question through to see. As long as
 * others answer, nobody waits for it.
 */
export class Breaker {
  readonly #options: Required<BreakerOptions>
  #failures = 0
  #pauseMs: number
  #opensAgainAt = 0
  #awaySince: number | null = null

  constructor({ failures = 3, pauseMs = 1_000, longestPauseMs = 30_000 }: BreakerOptions = {}) {
    this.#options = { failures, pauseMs, longestPauseMs }
    this.#pauseMs = pauseMs
  }

  /** closed: it is asked. open: it is not. trying: it may be asked something, to see. */
  get state(): 'closed' | 'open' | 'trying' {
    if (this.#awaySince === null) return 'closed'
    return performance.now() < this.#opensAgainAt ? 'open' : 'trying'
  }

  /** For how long it has not answered anything, in milliseconds; null: it does. */
  get awayMs(): number | null {
    return this.#awaySince === null ? null : performance.now() - this.#awaySince
  }

  /** @returns whether it was away until now */
  succeeded(): boolean {
    const wasAway = this.#awaySince !== null
    this.#failures = 0
    this.#awaySince = null
    this.#pauseMs = this.#options.pauseMs
    return wasAway
  }

  /** @returns whether it is away from now on */
  failed(): boolean {
    this.#failures += 1
    if (this.#failures < this.#options.failures) return false
    // Of many questions that fail together, the first counts.
    if (this.state === 'open') return false
    this.#opensAgainAt = performance.now() + this.#pauseMs
    this.#pauseMs = Math.min(this.#pauseMs * 2, this.#options.longestPauseMs)
    const isNews = this.#awaySince === null
    this.#awaySince ??= performance.now()
    return isNews
  }
}
