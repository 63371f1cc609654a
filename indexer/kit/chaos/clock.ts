import { setTimeout as wait } from 'node:timers/promises'

/** The chain's time. Whoever waits by it waits as long as the chain says, however fast that runs. */
export interface Clock {
  /** How many of its milliseconds pass in a real one. */
  readonly speed: number
  /** Its milliseconds since it was made. */
  elapsedMs(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** @param speed - 1 is real time; with 20, a block every two seconds comes ten times a second */
export function aClock(speed = 1): Clock {
  const madeAt = performance.now()
  return {
    speed,
    elapsedMs: () => (performance.now() - madeAt) * speed,
    sleep: (ms, signal) => wait(ms / speed, undefined, signal ? { signal } : {}),
  }
}
