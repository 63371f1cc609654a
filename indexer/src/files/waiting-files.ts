import type { Log } from '../log.ts'
import { type AwaitedFile, type FoundFile, pathOf } from './awaited.ts'

/** Brings the content of a CID, or of a path below one; null if it cannot be found (yet). Rejects if asking failed. */
export type FetchFile = (path: string, signal: AbortSignal) => Promise<Uint8Array | null>

export interface WaitingOptions {
  /** Pause before the n-th further attempt, from 0. */
  readonly retryDelayMs?: (attempt: number) => number
}

/** Asked for at the same time. */
const concurrency = 16
/** Contents are kept until their block comes; beyond this many bytes the rest waits. */
const readyBytesLimit = 64 * 1024 * 1024

/**
 * Files that handlers asked for, fetched in the background. One may be there at once, or appear years later: it is asked for again
 * and again, each time after a longer pause. Nothing here has to survive: what waits stands in the store.
 *
 *     add → queued → fetching → ready → take
 *              ↑         │
 *              └─ pause ─┘  not found, or not reached
 */
export class WaitingFiles {
  readonly #fetch: FetchFile
  readonly #log: Log
  readonly #retryDelayMs: (attempt: number) => number
  readonly #queue: Waiting[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #stopping = new AbortController()
  #ready: FoundFile[] = []
  #readyBytes = 0
  #fetching = 0
  #newest = 0

  constructor(fetchFile: FetchFile, log: Log, { retryDelayMs = usualDelayMs }: WaitingOptions = {}) {
    this.#fetch = fetchFile
    this.#log = log
    this.#retryDelayMs = retryDelayMs
  }

  /** The highest region that was added. */
  get newest(): number {
    return this.#newest
  }

  add(files: readonly AwaitedFile[]): void {
    for (const file of files) {
      this.#queue.push({ file, attempt: 0 })
      this.#newest = Math.max(this.#newest, file.region)
    }
    this.#start()
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  /** What has come, in the order it was asked for. It is the caller's from now on. */
  take(): FoundFile[] {
    const taken = this.#ready.sort((a, b) => a.region - b.region)
    this.#ready = []
    this.#readyBytes = 0
    this.#start()
    return taken
  }

  stop(): void {
    this.#stopping.abort()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#queue.length = 0
  }

  #start(): void {
    while (this.#fetching < concurrency && this.#readyBytes < readyBytesLimit && !this.#stopping.signal.aborted) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#fetching += 1
      void this.#bring(next).finally(() => {
        this.#fetching -= 1
        this.#start()
      })
    }
  }

  async #bring({ file, attempt }: Waiting): Promise<void> {
    const { signal } = this.#stopping
    try {
      const content = await this.#fetch(pathOf(file), signal)
      if (signal.aborted) return
      if (content !== null) {
        this.#ready.push({ ...file, content })
        this.#readyBytes += content.byteLength
        this.#log.debug('file.found', { path: pathOf(file), bytes: content.byteLength })
        return
      }
    } catch (error) {
      if (signal.aborted) return
      this.#log.warn('file.unreachable', { path: pathOf(file), error })
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#queue.push({ file, attempt: attempt + 1 })
      this.#start()
    }, this.#retryDelayMs(attempt))
    this.#timers.add(timer)
  }
}

interface Waiting {
  readonly file: AwaitedFile
  readonly attempt: number
}

/** From one second, doubling up to ten minutes. */
function usualDelayMs(attempt: number): number {
  return Math.min(1_000 * 2 ** attempt, 600_000)
}
