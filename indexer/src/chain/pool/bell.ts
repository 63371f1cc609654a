import { setTimeout as delay } from 'node:timers/promises'

/** Ends somebody's pause. A ring that comes before the pause ends it at once. */
export class Bell {
  #hasRung = false
  #ring = Promise.withResolvers<void>()

  ring(): void {
    this.#hasRung = true
    this.#ring.resolve()
  }

  /** Waits for a ring, at most so long. @throws the signal's reason */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (!this.#hasRung) {
      const timer = new AbortController()
      const until = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal
      const late = delay(ms, undefined, { signal: until })
      late.catch(() => undefined)
      try {
        await Promise.race([late, this.#ring.promise])
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        timer.abort()
      }
    }
    this.#hasRung = false
    this.#ring = Promise.withResolvers()
  }
}
